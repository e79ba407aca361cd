"""The dashboard: run by ``python -m nasbench_mvit.dashboard`` through Streamlit.

Its arguments are folders of runs and URLs of stores. Every page computes with the package and draws
here.
"""

import share
import streamlit as st
from show import STYLE

st.set_page_config(page_title="nasbench_mvit", layout="wide")
st.html(STYLE)
OTHERS = ("Network", "Compare", "Space", "Latency", "Ablations", "Running")
# The first page stands at the root; a link that names it means it too.
first = st.Page("views/pareto.py", title="Pareto", url_path="first", default=True)
by_name = st.Page("views/pareto.py", title="Pareto", url_path="pareto", visibility="hidden")
pages = [first, *(st.Page(f"views/{title.lower()}.py", title=title, url_path=title.lower())
                  for title in OTHERS)]  # fmt: skip
page = st.navigation([*pages, by_name], position="hidden")
study = {name: st.query_params[name] for name in ("study",) if name in st.query_params}
with st.container(horizontal=True, key="pages"):  # which wraps on a phone, and hides nothing
    for each in [by_name if page == by_name else first, *pages[1:]]:
        st.page_link(each, query_params=study)
share.begin()
page.run()
share.button(page.title)
