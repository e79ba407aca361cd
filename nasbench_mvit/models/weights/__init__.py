"""The weights of networks: files of them, whoever wrote them, and what they were trained on."""
