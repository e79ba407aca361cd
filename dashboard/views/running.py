"""running."""

import streamlit as st

st.write("running")
