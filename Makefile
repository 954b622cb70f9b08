# `make serve` shows the page, `make test` runs every check. What they need beyond Rust, git and a
# C compiler they install themselves, once, and skip where it is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

TRUNK := 0.21.14
# The command-line half of wasm-bindgen must be the version of the crate's half, to the digit.
BINDGEN := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
BINARYEN := 132.0.0
ROLLUP := 4.68.8
# What rustc takes for granted of browsers, told to wasm-opt once more; and that a large function stays one though it has
# a single caller, because a browser compiles functions well one by one, and goes on with each from its next call on.
WASM_FEATURES := --enable-simd --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
	--enable-mutable-globals --enable-reference-types --enable-multivalue --enable-relaxed-simd \
	--one-caller-inline-max-function-size=100
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ddpm-web/tools
BROWSER := tests/browser
FASHION_MNIST := /usr/share/datasets/fashion-mnist

export PATH := $(TOOLS)/bin:$(PATH)
# Either of the first two would replace the flags in .cargo/config.toml, and build every dependency
# again; trunk refuses to start where NO_COLOR is anything but "true" or "false".
unexport RUSTFLAGS CARGO_ENCODED_RUSTFLAGS NO_COLOR

# $(call install,package@version,options): a tool from the crate registry, in a temporary target folder
# whatever this project's is. They copy files: compiling them fast matters more than fast code.
quick := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
install = env -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET_DIR $(quick) cargo install --root $(TOOLS) $(1) $(2)
# $(call npm,package,version,program): a tool from npm. The target is named after the program.
define npm
	@grep -qs '"version": "$(2)"' $(TOOLS)/node_modules/$(1)/package.json \
	|| { echo "Installing $@ ..."; npm install --silent --prefix $(TOOLS) $(1)@$(2); } \
	|| { echo "$@ is missing; try: npm install --prefix $(TOOLS) $(1)@$(2)" >&2; exit 1; }
	@mkdir -p $(TOOLS)/bin && ln -sf ../node_modules/$(1)/$(3) $(TOOLS)/bin/$@
endef
# $(call apt,packages): from Debian or Ubuntu, or else the command that would have done it.
apt = . $(BROWSER)/apt.sh && apt_install $(1)

.PHONY: help serve dist test lint fmt native ranks page package browser mpi \
        modules others ddpm-relaxed ddpm-train ddpm-train-relaxed ddpm-burn later behind training \
        tools target trunk bindgen wasm-opt rollup crates node playwright chromium firefox webkit vulkan hangul data

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

serve: ## Build the page and serve it on http://localhost:8080
	@$(MAKE) tools
	LATER=yes trunk serve

dist: page package ## Build the page into dist/, for any static file server, and the npm package into dist/ddpm-web-VERSION.tgz

test: fmt native page browser lint ## Every check: format, native tests, wasm build, browser tests, lint

lint: target mpi ## Clippy over everything, natively and for the browser, and the documentation's links
	@echo "--- Lint."
	cargo clippy $(NATIVE) --all-targets -- --deny warnings
	cargo clippy --locked --lib --bins --no-default-features --features native -- --deny warnings
	cargo clippy --locked --profile web --lib --no-default-features --target wasm32-unknown-unknown -- --deny warnings
	cargo clippy --locked --profile web --lib --no-default-features --features train --target wasm32-unknown-unknown -- --deny warnings
	RUSTDOCFLAGS='--deny warnings --allow rustdoc::private_intra_doc_links' cargo doc $(NATIVE) --no-deps --document-private-items

# --- the page's other programs ---

# Trunk builds the page's default program and then calls `modules`, with the folder that dist/ will be. The page's scripts are
# joined, because each file that a browser opens before the first pictures costs it a few milliseconds. The others are the same program
# with relaxed SIMD, for browsers that know it; those that train, fetched when a training is opened; and the one
# with Burn, fetched when its engines are chosen. `make serve` opens the page without them, and they come to dist/
# when they are built.
OTHERS := ddpm-relaxed ddpm-train ddpm-train-relaxed ddpm-burn
RELAXED := --config 'target.wasm32-unknown-unknown.rustflags=["-Ctarget-feature=+relaxed-simd"]'
modules:
	PAGE="$(PAGE)" rollup --silent --config npm/rollup.config.mjs
	@$(MAKE) $(if $(LATER),later,others)
	$(call listed,$(PAGE))

# Each is compiled as one unit, on one core: two at a time, in a target folder each.
others:
	@$(MAKE) ddpm-relaxed ddpm-train-relaxed & relaxed=$$!; \
	$(MAKE) ddpm-train ddpm-burn && burn=0 || burn=1; \
	wait $$relaxed && exit $$burn

ddpm-relaxed:
	$(call module,-O3,$(RELAXED),/relaxed)
	cp $(BUILT)/$@/$@.d.ts "$(PAGE)/www/lib/program.d.ts"
	printf '%s\n' 'export * from "./www/lib/program.js";' 'export { default } from "./www/lib/program.js";' \
		| tee "$(PAGE)/"{ddpm-web,ddpm-relaxed,ddpm-burn}.d.ts >/dev/null

ddpm-train:
	$(call module,-O3,--features train)

ddpm-train-relaxed:
	$(call module,-O3,--features train $(RELAXED),/relaxed)
	cp $(BUILT)/$@/$@.d.ts "$(PAGE)/www/lib/trainer/program.d.ts"
	printf '%s\n' 'export * from "./www/lib/trainer/program.js";' 'export { default } from "./www/lib/trainer/program.js";' \
		| tee "$(PAGE)/"{ddpm-train,ddpm-train-relaxed}.d.ts >/dev/null

ddpm-burn:
	$(call module,-O1,--features burn)

# $(call module,wasm-opt's level,options,part of the target folder): optimising Burn takes a minute, so its result is kept for as
# long as what goes in is the same.
BUILT := $(or $(CARGO_TARGET_DIR),target)
PAGE := $(TRUNK_STAGING_DIR)
define module
	cargo build --locked --profile web --lib --target wasm32-unknown-unknown --no-default-features --target-dir $(BUILT)$(3) $(2)
	wasm-bindgen --target web --out-name $@ --out-dir $(BUILT)/$@ $(BUILT)$(3)/wasm32-unknown-unknown/web/ddpm_web.wasm
	cmp -s $(BUILT)/$@/$@_bg.wasm $(BUILT)/$@/before.wasm \
	|| { wasm-opt $(1) $(WASM_FEATURES) $(BUILT)/$@/$@_bg.wasm -o $(BUILT)/$@/after.wasm \
	&& cp $(BUILT)/$@/$@_bg.wasm $(BUILT)/$@/before.wasm; }
	cp $(BUILT)/$@/after.wasm "$(PAGE)/$@_bg.wasm"
	cp $(BUILT)/$@/$@.js "$(PAGE)/"
endef

# Tells the page in folder $(1) which programs it does not have yet.
missing = { echo 'export const MISSING = ['; \
	for name in $(OTHERS); do test -e "$(1)/$${name}_bg.wasm" || echo "  \"$$name\","; done; \
	echo '];'; } >"$(1)/www/lib/missing.js"

# Lists the hashes of the files of the page in folder $(1), for the service worker (www/offline.js).
listed = cd "$(1)" && { echo 'self.FILES = {'; \
	find . -type f ! -name 'offline*' ! -name '*.tgz' ! -name '*.d.ts' | LC_ALL=C sort | xargs -d '\n' sha256sum \
	| sed 's|^\([0-9a-f]*\)  \./\(.*\)$$|  "\2": "\1",|'; \
	echo '};'; } >offline-files.new && mv offline-files.new offline-files.js

# Leaves the rest to a process in the background. Of several that a developer's changes have started, all
# but the last give up.
later:
	$(call missing,$(PAGE))
	mkdir -p $(BUILT) && echo $$PPID >$(BUILT)/latest
	$(MAKE) behind LATEST=$$PPID &

# Once trunk has moved the new page to dist/.
behind:
	@while test -d "$(TRUNK_STAGING_DIR)"; do sleep 0.2; done
	@echo "The page is there. Its other programs follow; Burn's takes about eleven minutes the first time."
	@for name in $(OTHERS); do \
		grep -qx $(LATEST) $(BUILT)/latest || exit 0; \
		$(MAKE) $$name PAGE="$(TRUNK_DIST_DIR)" && $(call missing,$(TRUNK_DIST_DIR)) && ($(call listed,$(TRUNK_DIST_DIR))) && echo "The page has $$name now." \
		|| { echo "$$name could not be built: the page does without it." >&2; exit 1; }; \
	done

# The trainer in WebAssembly, for a test in Node.js.
training: target bindgen
	cargo build --locked --profile web --example training --target wasm32-unknown-unknown --no-default-features
	wasm-bindgen --target nodejs --no-typescript --out-dir $(BUILT)/training \
		$(BUILT)/wasm32-unknown-unknown/web/examples/training.wasm

# --- the checks ---

fmt:
	cargo fmt --check

# Everything that is tested natively is built once, with MPI.
NATIVE := --locked --features mpi

native: data vulkan mpi
	@echo "--- Native tests. Building them takes about 25 minutes where Burn was not built before, 7 where it was."
	cargo test $(NATIVE)

# Several processes as one, over MPI.
ranks: mpi
	cargo test $(NATIVE) --test ranks

# Also the check that the library builds for the browser, without default features.
page:
	@$(MAKE) tools
	@echo "--- The page. Building it takes about 15 minutes where Burn was not built before, 4 where it was."
	trunk build

# TypeScript, which writes the package's declarations, is among the browser tests' packages.
package: page playwright
	node npm/pack.mjs dist $(BUILT)/npm

# The `ddpm` binary gives the numbers that the page's pictures are compared with.
# As many files at once as there are cores: node by itself leaves one idle, and starting a browser is mostly waiting.
browser: page package training playwright chromium firefox webkit vulkan hangul
	@echo "--- Browser tests, for about 20 minutes."
	cargo build $(NATIVE) --profile test --bin ddpm --example training
	cd $(BROWSER) && timeout 60m node --test --test-concurrency=$$(nproc) --test-reporter=spec

# --- what the machine needs ---

# What builds the page. Trunk leaves a core idle for long, so the others are installed meanwhile; not by
# make's own job server, which cargo would ask for leave.
tools: target
	@$(MAKE) trunk & trunk=$$!; \
	$(MAKE) bindgen wasm-opt rollup crates && others=0 || others=1; \
	wait $$trunk && exit $$others

target:
	@test -d "$$(rustc --print target-libdir --target wasm32-unknown-unknown)" \
	|| rustup target add wasm32-unknown-unknown \
	|| { echo "Rust cannot build for the browser here; try: rustup target add wasm32-unknown-unknown" >&2; exit 1; }

# Without its default features, which are for downloading: it works offline here.
trunk:
	@trunk --version 2>/dev/null | grep -qxF 'trunk $(TRUNK)' \
	|| { echo "Installing trunk $(TRUNK), which takes about five minutes, once ..."; $(call install,trunk@$(TRUNK),--locked --no-default-features); } \
	|| { echo "trunk is missing; try: cargo install --locked trunk@$(TRUNK)" >&2; exit 1; }

# Not --locked: its lock file may name a release that the registry does not serve.
bindgen:
	@wasm-bindgen --version 2>/dev/null | grep -qxF 'wasm-bindgen $(BINDGEN)' \
	|| { echo "Installing wasm-bindgen $(BINDGEN), which takes about two minutes, once ..."; $(call install,wasm-bindgen-cli@$(BINDGEN),--bin wasm-bindgen); } \
	|| { echo "wasm-bindgen is missing; try: cargo install wasm-bindgen-cli@$(BINDGEN)" >&2; exit 1; }

# From npm: Debian 12's and Ubuntu 24.04's is 108, which exports the wrong table of a module with two.
wasm-opt: node
	$(call npm,binaryen,$(BINARYEN),bin/wasm-opt)

rollup: node
	$(call npm,rollup,$(ROLLUP),dist/bin/rollup)

# trunk builds offline, so that it downloads nothing of its own: the crates come first.
crates:
	@cargo fetch --quiet --locked --target wasm32-unknown-unknown

node:
	@{ command -v node && command -v npm; } >/dev/null || { $(call apt,nodejs npm); }
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 18 || (major == 18 && minor > 18) ? 0 : 1)' \
	|| { echo "wasm-opt, rollup and the browser tests need Node.js 18.19 or newer; this is $$(node --version)." >&2; exit 1; }

playwright: node $(BROWSER)/node_modules/.package-lock.json

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json | node
	cd $(BROWSER) && npm ci --silent && touch node_modules/.package-lock.json

chromium:
	@. $(BROWSER)/apt.sh && has_chromium || { need_deb_chromium && apt_install chromium; }

# A font with Korean letters: without one the tests of the layout in Korean would measure empty boxes.
hangul:
	@fc-list :lang=ko 2>/dev/null | grep -q . || { $(call apt,fontconfig fonts-nanum); }

firefox:
	@. $(BROWSER)/apt.sh && has_firefox || { need_deb_firefox && apt_install firefox-esr; }

# WebKitGTK, whose engine is Safari's, and a screen in memory for it.
webkit:
	@command -v WebKitWebDriver >/dev/null || { $(call apt,webkit2gtk-driver); }
	@command -v Xvfb >/dev/null || { $(call apt,xvfb); }

# A Vulkan driver that runs on the CPU, for the GPU tests and Firefox's WebGPU.
vulkan:
	@ls /usr/share/vulkan/icd.d/lvp_icd*.json >/dev/null 2>&1 \
	|| { $(call apt,libvulkan1 mesa-vulkan-drivers); }

# An MPI library, its compiler, and what reads its header for the crate.
mpi:
	@{ command -v mpirun && command -v mpicc && compgen -G '/usr/lib/llvm-*/lib/libclang.so*'; } >/dev/null \
	|| { $(call apt,libopenmpi-dev openmpi-bin libclang-dev); }

# Fashion-MNIST, where `ddpm data` finds it; a folder in $DDPM_DATA comes before.
data:
	@test -n "$${DDPM_DATA:-}" -o -e $(FASHION_MNIST)/train-images-idx3-ubyte.gz \
	|| { $(call apt,dataset-fashion-mnist); } \
	|| { echo "The tests read Fashion-MNIST; with its four files in a folder: make test DDPM_DATA=/that/folder" >&2; exit 1; }
