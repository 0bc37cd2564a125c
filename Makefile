# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# tcplife-trace. `make help` lists the targets; V=1 shows the commands; ASAN=1 and CC= choose the build.

OUT     ?= build
ARCH    ?= $(shell uname -m | sed -e s/x86_64/x86/ -e s/aarch64/arm64/)
CLANG   ?= clang
VMLINUX ?= vmlinux/$(ARCH)
# One that works: Ubuntu's in PATH may be a script that finds none for the running kernel.
BPFTOOL ?= $(shell for tool in bpftool /usr/sbin/bpftool /usr/lib/linux-tools*/*/bpftool /usr/lib/linux-tools-*/bpftool; do \
	$$tool version > /dev/null 2>&1 && break; done; echo $$tool)
PREFIX  ?= /usr/local
VERSION := 0.1.0

CFLAGS  ?= -O2 -g
override CFLAGS += $(CPPFLAGS) -std=gnu11 -Wall -Wextra -Wno-unused-parameter -MMD -MP -Isrc -Ibpf -I$(OUT) \
	-D_GNU_SOURCE -DTCPLIFE_VERSION='"$(VERSION)"'
BPF_CFLAGS := -g -O2 -Wall -Wno-address-of-packed-member -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) \
	-I$(VMLINUX) -Ibpf -MMD -MP
LDLIBS  := -lbpf -lelf -lz -lzstd -lpcap -lmicrohttpd -lcap-ng -lseccomp -ljansson -lmd -lpthread -lm
# OTLP=0 builds without libcurl.
OTLP    ?= 1
ifeq ($(OTLP),0)
override CFLAGS += -DTCPLIFE_NO_OTLP
LEFT_OUT += src/sink/otlp%.c src/sink/export/otlp%.c src/sink/clickhouse.c src/sink/export/clickhouse%.c src/sink/export/http_post.c
else
LDLIBS  += -lcurl
endif
# KAFKA=0 builds without librdkafka.
KAFKA   ?= 1
ifeq ($(KAFKA),0)
override CFLAGS += -DTCPLIFE_NO_KAFKA
LEFT_OUT += src/sink/kafka.c src/sink/export/kafka%.c tests/tools/kafka_mock.c
else
LDLIBS  += -lrdkafka
endif
# TOP=0 builds without ncurses.
TOP     ?= 1
ifeq ($(TOP),0)
override CFLAGS += -DTCPLIFE_NO_TOP
LEFT_OUT += src/sink/top.c src/sink/top/%.c tests/unit/top_test.c tests/fuzz/top.c
else
LDLIBS  += -lncursesw -ltinfo
endif
# The bundle is a program of its own.
LEFT_OUT += src/bundle/%.c
# Under sanitizers a connection is packed as soon as another one moves.
ifeq ($(ASAN),1)
override CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DCONNS_WHOLE=1
override LDFLAGS += -fsanitize=address,undefined
endif
# COVERAGE=1 counts the lines that are run, without the sandbox: gcov opens its files at the very end.
ifeq ($(COVERAGE),1)
override CFLAGS += -O0 --coverage -fprofile-update=atomic -DTCPLIFE_NO_SANDBOX
endif
ifeq ($(FUZZ),1)
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
override CFLAGS += -O1 $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -DCONNS_WHOLE=1 -DSIGHTINGS_SLOTS=64 -DREORDER_FLOWS=64
endif
# SYSROOT= takes headers and libraries from another root, for CC=aarch64-linux-gnu-gcc ARCH=arm64 or as they are elsewhere.
ifneq ($(SYSROOT),)
LIB_DIR := $(SYSROOT)/usr/lib/$(shell $(CC) -print-multiarch)
override CFLAGS += --sysroot=$(SYSROOT)
override LDFLAGS += -B$(LIB_DIR) -L$(LIB_DIR) -Wl,-rpath-link,$(LIB_DIR)
BPF_CFLAGS += --sysroot=$(SYSROOT)
endif
ifeq ($(WERROR),1)
override CFLAGS += -Werror
BPF_CFLAGS += -Werror
endif

say = $(if $(V),,@)mkdir -p $(@D); $(if $(V),,printf '  %-8s %s\n' $(1) $(patsubst $(OUT)/%,%,$(2));)

PROGRAM := $(OUT)/tcplife-trace
BUNDLE  := $(OUT)/bundle/tcplife-trace
OBJS    := $(patsubst %.c,$(OUT)/%.o,$(filter-out $(LEFT_OUT),$(wildcard src/*.c src/*/*.c src/*/*/*.c)))
# ring.bpf.c first: libbpf 1.1's linker loses a map's offset if it meets the extern before the definition.
BPFS    := $(patsubst %.c,$(OUT)/%.o,bpf/ring.bpf.c $(filter-out bpf/ring.bpf.c,$(wildcard bpf/*.bpf.c)))
# What is pure: the unit tests link this and nothing else, which proves it.
PURE    := $(patsubst %.c,$(OUT)/%.o,$(wildcard src/core/*.c src/core/*/*.c) $(patsubst %,src/lib/%.c,flat heap checksum near pattern pattern_parse strbuf json human histogram hostport http_accept http_target))
UNITS   := $(patsubst %.c,$(OUT)/%,$(filter-out $(LEFT_OUT),$(wildcard tests/unit/*_test.c)))
TOOLS   := $(patsubst %.c,$(OUT)/%,$(filter-out $(LEFT_OUT),$(wildcard tests/tools/*.c)))
BENCHES := $(patsubst %.c,$(OUT)/%,$(wildcard tests/bpf/*_test.c))
LOAD    := $(OUT)/tests/bench/load
HOOK_COST := $(OUT)/tests/bench/hooks
TOOLS   += $(LOAD)
COMPLETIONS := $(addprefix $(OUT)/completions/,tcplife-trace.bash tcplife-trace.fish _tcplife-trace)
FUZZERS := $(patsubst %.c,$(OUT)/%,$(filter-out $(LEFT_OUT),$(wildcard tests/fuzz/*.c)))
# The longest first: the others run beside it.
LONG    := tests/live/nat.sh tests/live/timewait.sh tests/live/peer_timewait.sh
# Not beside others: one plays what chance brings, one keeps the kernel's lock of interfaces busy, one makes cgroups.
ALONE   := tests/live/random.sh tests/live/interfaces_storm.sh tests/live/cgroup_storm.sh
LIVE    := $(LONG) $(filter-out $(LONG) $(ALONE) tests/live/lib.sh,$(wildcard tests/live/*.sh))
PAGES   := $(patsubst src/assets/%.scd,$(OUT)/%,$(wildcard src/assets/*.scd))
SUDO    := $(if $(filter 0,$(shell id -u)),,sudo)
CONTAINER := $(filter-out %/lib.sh,$(wildcard tests/container/*.sh))
WEB     := tests/fleet/run.sh $(filter-out %/served.py %/traffic.py %/browser.py %/lib.sh %/store.sh %/proto.sh,$(wildcard tests/web/*.py tests/web/*.sh tests/export/*.sh))
NEED_ROOT = $(if $(SUDO),@echo "make $@: needs root: sudo make $@" >&2; exit 77)
AGAIN    = $(MAKE) --no-print-directory

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: fuzzers all bundle deps trace demo test parts unit check coverage check-bpf check-live check-container check-web check-slow check-random check-alone check-service check-trixie check-beside check-kernels check-arm64 check-builds bench bench-hooks random fuzz lint format vmlinux check-vmlinux install deb help clean

all: $(PROGRAM) $(COMPLETIONS) ## the program, without network and without root

$(PROGRAM): $(OBJS)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(OUT)/bpf/%.o: bpf/%.c
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
$(OUT)/tcplife.bpf.o: $(BPFS)
	$(call say,BPFLINK,$@)$(BPFTOOL) gen object $@ $^
$(OUT)/tcplife.skel.h: $(OUT)/tcplife.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name tcplife > $@
$(OUT)/src/source/%.o: src/source/%.c | $(OUT)/tcplife.skel.h
	$(call say,CC,$<)$(CC) $(CFLAGS) -c $< -o $@
$(OUT)/src/sink/web/web_assets.o: $(wildcard src/assets/web/*)
$(OUT)/src/sink/clickhouse.o: src/assets/clickhouse/rows.sql
# The package is optimised as a whole (-flto). Not these: their assembler has symbols that the compiler does not see. Nor
# what is linked by the dozen.
$(OUT)/src/sink/web/web_assets.o $(OUT)/src/sink/clickhouse.o: override CFLAGS += -fno-lto
$(UNITS) $(TOOLS) $(BENCHES) $(HOOK_COST): private override CFLAGS += -fno-lto
$(OUT)/src/%.o: src/%.c
	$(call say,CC,$<)$(CC) $(CFLAGS) -c $< -o $@
$(OUT)/tests/unit/%_test: tests/unit/%_test.c $(PURE)
	$(call say,TEST,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.c %.o,$^) $(UNIT_LIBS) -lmd -lm -o $@
# The exporter is not pure (it has a thread), but it needs no more than that.
$(OUT)/tests/unit/exporter_test: $(patsubst %,$(OUT)/src/%.o,sink/export/exporter lib/log)
$(OUT)/tests/unit/pcapng_test: $(OUT)/src/sink/pcapng_write.o
$(OUT)/tests/unit/otlp_pairs_test: $(OUT)/src/sink/export/otlp_pairs.o
$(OUT)/tests/unit/answers_test: $(patsubst %,$(OUT)/src/%.o,sink/export/otlp_answer sink/export/clickhouse_answer lib/http_url)
$(OUT)/tests/unit/moment_test: $(OUT)/src/option_values.o
$(OUT)/tests/unit/tally_test: $(OUT)/src/tally.o
$(OUT)/tests/unit/zframe_test: $(OUT)/src/lib/zframe.o
$(OUT)/tests/unit/zframe_test: UNIT_LIBS := -lzstd
$(OUT)/tests/unit/container_state_test: $(OUT)/src/source/container_state.o
$(OUT)/tests/unit/container_state_test: UNIT_LIBS := -ljansson
$(OUT)/tests/unit/findings_test: $(patsubst %,$(OUT)/src/sink/doctor/%.o,findings judge report)
# Some unit tests are about what sinks do, short of writing it.
$(OUT)/tests/unit/explain_test: $(patsubst %,$(OUT)/src/%.o,$(addprefix sink/diagram/,explain sequence sequence_steps sequence_gap sequence_segment sequence_failure) \
	sink/text/text sink/output sink/output_wait sink/pieces lib/log lib/loop lib/term) | $(OUT)/tests/tools/events2rec
$(OUT)/tests/unit/top_test: $(patsubst %,$(OUT)/src/%.o,$(addprefix sink/top/,canvas top_row top_store top_column top_view top_ui top_paint top_filter) sink/keep/kept_conn \
	$(addprefix sink/,text/text text/table_cell output output_wait pieces) lib/log lib/loop lib/term)
$(OUT)/tests/tools/%: tests/tools/%.c $(PURE)
	$(call say,TOOL,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.c %.o,$^) $(TOOL_LIBS) -lmd -lm -lpthread -o $@
# The programs in the kernel, under BPF_PROG_TEST_RUN.
$(OUT)/tests/bpf/%_test: tests/bpf/%_test.c tests/bpf/bench.c $(filter-out %/main.o,$(OBJS))
	$(call say,TEST,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.c %.o,$^) $(LDLIBS) -o $@
$(LOAD): tests/bench/load.c $(wildcard tests/bench/load/*.c) tests/tools/lives/address.c $(PURE)
	$(call say,TOOL,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.c %.o,$^) -lmd -lm -lpthread -o $@
$(HOOK_COST): tests/bench/hooks.c $(filter-out %/main.o,$(OBJS))
	$(call say,TOOL,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.c %.o,$^) $(LDLIBS) -o $@
$(OUT)/tests/tools/kafka_mock: TOOL_LIBS = -lrdkafka
# In a tree of their own, by clang: see the target fuzz.
$(OUT)/tests/fuzz/%: tests/fuzz/%.c $(filter-out %/main.o,$(OBJS))
	$(call say,FUZZER,$@)$(CC) $(CFLAGS) -fsanitize=fuzzer $(filter %.c %.o,$^) $(LDLIBS) -o $@
$(OUT)/tests/tools/lives: $(wildcard tests/tools/lives/*.c)
$(OUT)/tests/tools/peer: $(wildcard tests/tools/peer/*.c) tests/tools/lives/address.c
$(OUT)/tests/tools/random: $(wildcard tests/tools/random/*.c) $(patsubst %,tests/tools/%.c,peer/packet peer/sock_diag peer/tun lives/address)
-include $(shell find $(OUT) -path $(OUT)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)

# Without OTLP and Kafka, whose libraries load modules of the host's.
bundle: ## the program, its loader and its libraries as one file, for any Linux of this machine's kind: build/bundle/tcplife-trace
	+@$(AGAIN) OTLP=0 KAFKA=0 OUT=$(OUT)/small $(OUT)/small/tcplife-trace
	+@$(AGAIN) $(BUNDLE)

$(BUNDLE): src/bundle/launch.c src/bundle/files.sh $(wildcard $(OUT)/small/tcplife-trace)
	$(call say,BUNDLE,$@)src/bundle/files.sh $(OUT)/small/tcplife-trace $(@D)/files > $(@D)/files.S
	$(if $(V),,@)$(CC) -O2 -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -static -s src/bundle/launch.c $(@D)/files.S -o $@

FOR     ?= build test
deps: ## installs packages for FOR= (build test) on Debian and Ubuntu, once and quietly; prints the list elsewhere
	@.ci/deps $(FOR)

trace: ## deps, all, then live; ARGS= passes options; nothing but the program writes to stdout
	@.ci/deps build >&2
	@$(AGAIN) all >&2
	@$(SUDO) $(PROGRAM) $(ARGS)

demo: ## plays four connections on loopback and prints their timelines; TIME_WAIT makes that 65 s
	@.ci/deps build test
	@$(AGAIN) $(PROGRAM) $(OUT)/tests/tools/lives
	@$(SUDO) OUT=$(OUT) tests/demo.sh

test: ## deps, then everything that this host can run: check, check-bpf, check-live, check-container, check-web; all of it, and a sum at the end
	@.ci/deps build test web
	+@tests/all.sh $(AGAIN) check check-bpf check-live check-container check-web

parts: $(UNITS) $(PROGRAM) $(COMPLETIONS) $(TOOLS) $(PAGES)

unit: $(UNITS) ## the unit tests alone, for the loop of editing: seconds
	@OUT=$(OUT) tests/run.sh -j 4 $(UNITS)

check: parts ## unit and golden cases: no root, seconds
	@OUT=$(OUT) tests/run.sh -j 4 $(UNITS) tests/cases.sh tests/where.py tests/rows.py tests/recordings.py tests/lookback.sh tests/endings.py tests/cli.sh tests/mistakes.sh tests/deps.sh tests/docs.sh tests/pcap.sh tests/top.sh tests/faults.sh tests/growth.py

COVERED := $(OUT)/coverage
coverage: ## the share of src/core's lines that check runs, by file; gcc
	@.ci/deps build test
	+@$(AGAIN) COVERAGE=1 OUT=$(COVERED) CC=gcc parts
	@find $(COVERED) -name '*.gcda' -delete
	+@status=0; $(AGAIN) COVERAGE=1 OUT=$(COVERED) CC=gcc check || status=$$?; tests/coverage.sh $(COVERED); exit $$status

check-bpf: $(BENCHES) ## the packet programs under BPF_PROG_TEST_RUN: root, no network
	$(NEED_ROOT)
	@OUT=$(OUT) tests/run.sh $(BENCHES)

check-live: $(PROGRAM) $(TOOLS) ## real sockets in network namespaces: root, about 90 s of which 62 are TIME_WAIT's
	$(NEED_ROOT)
	@OUT=$(OUT) tests/run.sh -j 4 $(LIVE)

check-service: $(PROGRAM) $(TOOLS) ## the package on bookworm (5.10, 6.1) and trixie (6.12, the newest), booted with systemd under qemu; root for trixie
	@.ci/deps build test deb builds kernels
	@OUT=$(OUT) tests/kernels/service.sh || [ $$? -eq 77 ]

check-trixie: ## check, and the package, in a chroot of Debian 13: root
	$(NEED_ROOT)
	@.ci/deps builds
	@tests/builds/chroot.sh trixie sh -c '.ci/deps build test deb && make check && DEB_BUILD_OPTIONS=nocheck make deb'

check-slow: $(PROGRAM) $(TOOLS) ## check-alone, check-service, check-trixie, and the live suite beside 2,000 foreign connections a second: root
	$(NEED_ROOT)
	@.ci/deps build test web
	+@OUT=$(OUT) tests/all.sh $(AGAIN) check-alone check-service check-trixie check-beside

check-alone: $(PROGRAM) $(TOOLS) ## random connections, and interfaces that come and go by the hundred: root
	$(NEED_ROOT)
	@OUT=$(OUT) tests/run.sh -j 1 $(ALONE)

check-random: $(PROGRAM) $(OUT)/tests/tools/lives $(OUT)/tests/tools/random ## 300 random connections of one seed, each record judged: root
	$(NEED_ROOT)
	@.ci/deps build test
	@OUT=$(OUT) LIVES=300 SEED=20261127 tests/run.sh tests/live/random.sh

check-beside: $(PROGRAM) $(TOOLS) ## the live suite beside 2,000 foreign connections a second: root
	$(NEED_ROOT)
	@OUT=$(OUT) tests/beside_load.sh $(AGAIN) check-live

check-container: $(PROGRAM) $(TOOLS) ## containers that Podman runs, and the tracer as one: root
	$(NEED_ROOT)
	@.ci/deps build test container
	+@$(AGAIN) bundle
	@OUT=$(OUT) tests/run.sh $(CONTAINER)

check-web: $(PROGRAM) $(TOOLS) ## what is served and sent: to real readers, and to those that mean no good
	@.ci/deps build test web
	@OUT=$(OUT) tests/run.sh -j 2 $(WEB)

check-kernels: $(PROGRAM) $(TOOLS) ## the live suite on kernels 5.10 to the newest, under qemu
	@.ci/deps kernels
	@OUT=$(OUT) tests/kernels/run.sh || [ $$? -eq 77 ]
	+@$(AGAIN) bundle
	@OUT=$(OUT) tests/kernels/bundle.sh || [ $$? -eq 77 ]

check-arm64: ## the live suite on arm64's kernels 6.1 and 6.12, under qemu
	@.ci/deps build test builds kernels arm64
	+@OUT=$(OUT) tests/builds/run.sh for-arm64 && OUT=$(OUT)/arm64 tests/kernels/run.sh 6.1-arm64 6.12-arm64 || [ $$? -eq 77 ]

# Without SEED= a fixed one and a fresh one.
LIVES   ?= 10000
random: $(PROGRAM) $(OUT)/tests/tools/lives $(OUT)/tests/tools/random ## LIVES= runs of random connections (10000) of SEED=, and what of their records is false, kept in build/random; root
	$(NEED_ROOT)
	@rm -rf $(OUT)/random
	@OUT=$(OUT) KEEP=$(OUT) LIVES=$(LIVES) SEED=$(SEED) tests/live/random.sh

SECS    ?= 60
fuzz: ## each fuzzer for SECS= seconds (60), two at a time; clang, ASan and UBSan
	@.ci/deps build test fuzz
	@$(AGAIN) $(PROGRAM) $(TOOLS)
	@$(AGAIN) FUZZ=1 OUT=$(OUT)/fuzz CC=$(CLANG) fuzzers
	@OUT=$(OUT) SECS=$(SECS) tests/fuzz/run.sh

fuzzers: $(FUZZERS)

check-builds: ## -Werror: gcc, clang 14 and 19, without the optional libraries; check under ASan and UBSan, with the newest libbpf, on arm64
	@.ci/deps build test builds
	+@$(AGAIN) WERROR=1 CC=gcc OUT=$(OUT)/gcc all
	+@$(AGAIN) WERROR=1 CC=clang OUT=$(OUT)/clang all
	+@$(AGAIN) WERROR=1 CC=clang-19 CLANG=clang-19 OUT=$(OUT)/clang-19 all
	+@$(AGAIN) WERROR=1 OTLP=0 KAFKA=0 TOP=0 OUT=$(OUT)/smallest all
	+@$(AGAIN) WERROR=1 ASAN=1 OUT=$(OUT)/asan check
	+@OUT=$(OUT) tests/builds/run.sh newest || [ $$? -eq 77 ]
	+@OUT=$(OUT) tests/builds/run.sh arm64 || [ $$? -eq 77 ]

lint: all ## clang-format, clang-tidy, cppcheck, shellcheck, and whether the core is pure
	@.ci/deps build lint
	@OUT=$(OUT) .ci/lint

format: ## clang-format
	clang-format -i $(shell find src tests bpf -name '*.[ch]')

# The BPF side compiled against all that the running kernel has.
FULL = VMLINUX=$(OUT)/full OUT=$(OUT)/full WERROR=1 $(OUT)/full/tcplife.bpf.o

vmlinux: ## regenerates the trimmed headers, checks them against this kernel's BTF
	@mkdir -p $(OUT)/full
	@vmlinux/trim.sh full $(OUT)/full/vmlinux.h
	@$(AGAIN) $(FULL)
	@vmlinux/trim.sh trim $(OUT)/full/vmlinux.h $(OUT)/full/tcplife.bpf.o > $(OUT)/full/trimmed.h
	@mv $(OUT)/full/trimmed.h vmlinux/x86/vmlinux.h
	@$(AGAIN) check-vmlinux

check-vmlinux: $(OUT)/tcplife.bpf.o ## do the trimmed headers and this kernel's BTF give the same program?
	@mkdir -p $(OUT)/full
	@vmlinux/trim.sh full $(OUT)/full/vmlinux.h
	@$(AGAIN) $(FULL)
	@vmlinux/trim.sh same $(OUT)/full/tcplife.bpf.o $(OUT)/tcplife.bpf.o

# What the shells complete: the rows of the table of options as the preprocessor leaves them, so that nothing built is run.
$(OUT)/completions/options: src/option_table.c Makefile
	$(call say,CPP,$@)printf '#include "option_table.c"\nOUTPUTS = SINKS(_);\n' | $(CC) $(CFLAGS) -MF $@.d -MT $@ -E -P -x c - > $@
$(COMPLETIONS): src/assets/completions.awk $(OUT)/completions/options
	$(call say,AWK,$@)awk -v shell=$(or $(patsubst .%,%,$(suffix $@)),zsh) -f $^ > $@

# scdoc sets paragraph marks that begin nothing, of which mandoc complains, and does not say that a page has tables, of which
# groff 1.23 does.
$(PAGES): $(OUT)/%: src/assets/%.scd Makefile
	$(call say,MAN,$@)page=$$(scdoc < $<) && { case $$page in *.TS*) echo "'\\\" t" ;; esac; printf '%s\n' "$$page" | awk ' \
		/^\.P?P$$/ { held = 1; next } \
		/^\.RE/ { print; next } \
		{ if (held && !heading && !/^\.S[HS]/) print ".PP"; held = 0; print; heading = /^\.S[HS]/ }'; } > $@

# The unit runs the program where it is installed.
$(OUT)/tcplife-trace.service: src/assets/tcplife-trace.service.in FORCE
	$(call say,UNIT,$@)sed 's#@PREFIX@#$(PREFIX)#' $< > $@
.PHONY: FORCE

# What is installed and is not code; unit and dashboards too, once they are there.
SHARE   := $(DESTDIR)$(PREFIX)/share
SHARED  := tcplife.schema.json $(patsubst src/assets/%,%,$(wildcard $(addprefix src/assets/,grafana/* prometheus/* clickhouse/* otel/* container/*)))
ZSH_DIR ?= $(SHARE)/zsh/site-functions
UNIT_DIR ?= $(DESTDIR)$(PREFIX)/lib/systemd/system
put = install -D -m 0644

install: all $(PAGES) $(OUT)/tcplife-trace.service ## program, man pages, completions, unit, schema, dashboards to DESTDIR and PREFIX
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/tcplife-trace
	$(foreach page,$(PAGES),$(put) $(page) $(SHARE)/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)) &&) :
	$(put) $(OUT)/completions/tcplife-trace.bash $(SHARE)/bash-completion/completions/tcplife-trace
	$(put) $(OUT)/completions/_tcplife-trace $(ZSH_DIR)/_tcplife-trace
	$(put) $(OUT)/completions/tcplife-trace.fish $(SHARE)/fish/vendor_completions.d/tcplife-trace.fish
	$(foreach file,$(SHARED),$(put) src/assets/$(file) $(SHARE)/tcplife-trace/$(file) &&) :
	$(put) $(OUT)/tcplife-trace.service $(UNIT_DIR)/tcplife-trace.service

# debian/ lies in src/assets; the package is built from a copy of the sources, with their tests.
DEB := $(OUT)/deb
deb: ## a Debian package in build/deb, which lintian finds no error in
	@.ci/deps build test deb
	rm -rf $(DEB)
	mkdir -p $(DEB)/tcplife-trace
	cp -r .ci .clang-format Makefile README.md LICENSE bpf src vmlinux tests $(DEB)/tcplife-trace
	cp -r src/assets/debian $(DEB)/tcplife-trace/debian
	cd $(DEB)/tcplife-trace && env -u MAKEFLAGS -u MAKELEVEL -u OUT dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes
	lintian --allow-root --fail-on error $(DEB)/*.changes
	@ls $(DEB)/*.deb

bench: $(PROGRAM) ## side by side with the peers, one table: root, 15 minutes; BENCH=quick takes two
	$(NEED_ROOT)
	@.ci/deps test bench
	@$(AGAIN) $(LOAD) $(HOOK_COST)
	@OUT=$(OUT) tests/bench/run.sh

# ARGS='--beside FILE': another build's tcplife.bpf.o in the same rounds.
bench-hooks: $(HOOK_COST) ## what each set of hooks adds to a connection, in ns: root, a minute; ARGS= passes options
	$(NEED_ROOT)
	@$(HOOK_COST) $(ARGS)

clean: ## removes build/
	rm -rf $(OUT)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
