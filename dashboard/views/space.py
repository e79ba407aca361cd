"""space."""

import streamlit as st

st.write("space")
