"""Use cases shared by pages and commands, one module each. No Streamlit here."""
