.PHONY: fmt lint test check generate site

fmt:  ## format
	ruff format .
	ruff check --fix .

lint:  ## what CI demands of the text
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	python tools/generate.py --check

test:  ## the tests
	python -m pytest --numprocesses auto --dist loadfile

check: lint test  ## everything

generate:  ## files made from the code: JSON Schemas, the shipped predictor
	python tools/generate.py

site:  ## the documentation site in build/site, with its links checked (extra docs)
	python tools/build_site.py
