"""What the dashboard shows, computed first and without Streamlit; its scripts only draw it."""
