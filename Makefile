# Everything a newcomer needs: `make run` and `make test`. The environment is made on first use.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run demo test check bench evaluate install-export help clean

help:          ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  -/'

run: $(VENV)/.run  ## start Storify: on Telegram if TELEGRAM_BOT_TOKEN is set, else a demo story
	@$(BIN)/storify run

demo: $(VENV)/.run  ## the songs for a demo photo
	@$(BIN)/storify demo

test: $(VENV)/.dev  ## all tests; those of training run where the export extra is installed
	@$(BIN)/pytest --quiet

# mypy follows torch's own types, so training is checked where torch is.
TYPED = bot inference $(shell $(BIN)/python -c 'import torch; print("export tests")' 2>/dev/null)

check: $(VENV)/.dev  ## ruff, mypy --strict, and all tests with their coverage
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(addprefix -p ,$(filter-out tests,$(TYPED))) $(if $(filter tests,$(TYPED)),-p tests)
	@$(BIN)/pytest --quiet --cov

bench: $(VENV)/.run  ## speed and memory of one story
	@$(BIN)/python -m export bench

evaluate: $(VENV)/.run  ## quality of the shipped models: make evaluate FER=... CAPTIONS=... PHOTOS=...
	@$(if $(FER)$(CAPTIONS)$(PHOTOS),,echo 'Give the data: make evaluate FER=folder CAPTIONS=table PHOTOS=table')
	@$(if $(FER),$(BIN)/python -m export evaluate emotion $(FER))
	@$(if $(CAPTIONS),$(BIN)/python -m export evaluate caption $(CAPTIONS))
	@$(if $(PHOTOS),$(BIN)/python -m export evaluate scene $(PHOTOS))
	@$(if $(PHOTOS),$(BIN)/python -m export evaluate mood $(PHOTOS))

install-export: $(VENV)/.export  ## what training needs, torch among it

# Debian packs ensurepip apart from Python; where it is missing, the system's pip brings one in.
$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $@ install --quiet pip; }

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.export: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) --editable '.[dev,export]'
	@touch $@ $(VENV)/.dev $(VENV)/.run

clean:  ## remove the environment and caches
	@rm -rf $(VENV) *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
