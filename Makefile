# excise: `make demo` shows it, `make test` checks it. Both install what is missing (tools/debian-packages.txt).
.PHONY: demo test build packages sanitize format lint bench clean
.DEFAULT_GOAL := build

release := build/release
program := $(release)/excise

# The published protocol on the bundled model: prints the table, leaves results/demo.
demo: build
	$(program) sweep baker-7m --text-file experiments/silver-blaze.txt --out results/demo --force

# Everything that CI runs. The sanitizer build of the unit tests comes first, so that the last lines are
# those of the whole suite.
test: packages sanitize
	cmake --preset release -DEXCISE_BUILD_TESTS=ON > /dev/null
	cmake --build --preset release
	ctest --preset release -j2

build: packages
	cmake --preset release > /dev/null
	cmake --build --preset release --target excise

packages:
	@tools/install_packages tools/debian-packages.txt

# Unit tests under the address and undefined-behaviour sanitizers.
sanitize: packages
	cmake --preset asan-ubsan > /dev/null
	cmake --build --preset asan-ubsan
	ctest --preset asan-ubsan -j2

format:
	tools/check_format --fix

lint: packages
	tools/install_packages tools/debian-packages-extra.txt
	cmake --preset dev > /dev/null
	run-clang-tidy-14 -quiet -p build/dev "$(CURDIR)/src/.*\.cc"

# Side by side with PyTorch on this machine; writes the tables of docs/performance.md.
bench: build
	tools/install_packages tools/debian-packages-extra.txt
	bench/run

clean:
	rm -rf build results
