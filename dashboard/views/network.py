"""network."""

import streamlit as st

st.write("network")
