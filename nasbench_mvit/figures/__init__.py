"""Plotly figures from tables, for reports and the dashboard."""
