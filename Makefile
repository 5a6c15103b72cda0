# Everything runs in .venv, which `make demo` and `make test` create, share and keep up to date.
# PYTHON=python3.12 chooses the interpreter that creates it.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
CHECKED := gcn operators demo tools benchmarks tests __init__.py

.DEFAULT_GOAL := help
.PHONY: help demo test lint format pictures bench-quality clean

help:
	@echo 'make demo                     cluster real images and open them in the FiftyOne App'
	@echo '     APP=0                    end after the summary'
	@echo '     IMAGES=folder            your own images, with all sub-folders'
	@echo '     LABELS=folders           the sub-folders say what each image shows (gives scores)'
	@echo '     ZOO=caltech101           a dataset of FiftyOne's zoo (needs internet)'
	@echo '     PORT=5151                the port of the App'
	@echo 'make test                     lint, types and all tests, with a real MongoDB and browser'
	@echo '     TESTS="tests/gcn -x"     only these'
	@echo 'make bench-quality DATA=folder   score the method and its peers on labeled embeddings'
	@echo '     SETS="lfw grocery"       only these'
	@echo 'make pictures                make the pictures of docs/ anew, with the App in a browser'
	@echo 'make lint | format | clean'

demo: $(VENV)/.ready-to-run
	@echo 'Clusters images and shows them in the FiftyOne App: one to three minutes for 2,000 images.'
	@$(RUN) -m demo $(if $(IMAGES),--images "$(IMAGES)") $(if $(LABELS),--labels "$(LABELS)") \
		$(if $(ZOO),--zoo "$(ZOO)") $(if $(PORT),--port "$(PORT)") $(if $(filter 0 no,$(APP)),--no-app)

test: lint
	@echo 'Runs the tests with a real MongoDB and headless Chromium: about twenty minutes on two cores.'
	@$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

lint: $(VENV)/.ready-to-test
	@echo 'Checks style, layout and types: about one minute.'
	@$(VENV)/bin/ruff check $(CHECKED)
	@$(VENV)/bin/ruff format --check $(CHECKED)
	@$(VENV)/bin/pyright

format: $(VENV)/.ready-to-test
	@$(VENV)/bin/ruff check --fix $(CHECKED)
	@$(VENV)/bin/ruff format $(CHECKED)

pictures: $(VENV)/.ready-to-test
	@echo 'Clusters digits and goes through the review in headless Chromium: two to four minutes.'
	@$(RUN) -m tools.pictures

bench-quality: $(VENV)/.ready-to-bench
	$(if $(DATA),,$(error say where the .npz files are: make bench-quality DATA=folder))
	@echo 'Scores all methods: hours the first time, minutes once the scores of the peers are in .bench.'
	@$(RUN) -m benchmarks.quality --data "$(DATA)" $(if $(SETS),--sets $(SETS)) \
		--json .bench/quality.json

clean:
	rm -rf $(VENV) .demo .bench tests/browser/screenshots

$(VENV)/.ready-to-run: requirements.txt tools/set_up.py
	@$(PYTHON) tools/set_up.py run

$(VENV)/.ready-to-bench: $(VENV)/.ready-to-run requirements-bench.txt
	@$(PYTHON) tools/set_up.py bench

$(VENV)/.ready-to-test: $(VENV)/.ready-to-run requirements-dev.txt requirements-bench.txt
	@$(PYTHON) tools/set_up.py test
