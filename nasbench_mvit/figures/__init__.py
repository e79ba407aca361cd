"""Plotly figures from tables; used alike by reports and the dashboard."""
