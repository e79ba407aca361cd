"""latency."""

import streamlit as st

st.write("latency")
