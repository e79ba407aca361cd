.PHONY: fmt lint test check generate

# Fits to few rows hang on the order in which a processor's kernels add; these run on any x86-64
# with AVX2, so that every machine makes the same files.
GENERATE = OPENBLAS_CORETYPE=Haswell python tools/generate.py

fmt:  ## format
	ruff format .
	ruff check --fix .

lint:  ## what CI demands of the text
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	$(GENERATE) --check

test:  ## the tests
	python -m pytest

check: lint test  ## everything

generate:  ## files made from the code: JSON Schemas, the shipped predictor
	$(GENERATE)
