"""The dashboard: run by ``python -m nasbench_mvit.dashboard`` through Streamlit.

Its arguments are folders of runs. Every page computes with the package and draws here.
"""

import streamlit as st

st.set_page_config(page_title="nasbench_mvit", layout="wide")
page = st.navigation(
    [
        st.Page("views/pareto.py", title="Pareto", url_path="pareto", default=True),
        st.Page("views/network.py", title="Network", url_path="network"),
        st.Page("views/space.py", title="Space", url_path="space"),
        st.Page("views/latency.py", title="Latency", url_path="latency"),
        st.Page("views/ablations.py", title="Ablations", url_path="ablations"),
        st.Page("views/running.py", title="Running", url_path="running"),
    ],
    position="top",
)
page.run()
