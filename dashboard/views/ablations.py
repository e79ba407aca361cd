"""ablations."""

import streamlit as st

st.write("ablations")
