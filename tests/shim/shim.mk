# SPDX-License-Identifier: GPL-2.0
# Rules that build the driver's core, unmodified, on top of the simulation.
#
# A makefile sets what it wants to change, includes this file, and links:
#
#	MODE := san
#	include shim/shim.mk
#	$(OUT)/unit/foo_test: $(OUT)/unit/foo_test.o $(call core,segment foo) $(SHIM)
#		$(LINK)
#
# MODE		san	-O1, address and undefined-behaviour sanitizers
#		fast	-O2, for what counts its states by the thousand
#		cov	gcc's coverage counters; the driver's variables are then
#			those of the process, not of the world
#		fuzz	as san, for programs with LLVMFuzzerTestOneInput(); clang
#		tsan	on real threads, with the thread sanitizer
#		native	on real threads, -O2, for figures
# CC		gcc or clang
# CORE_CFLAGS	more flags for the driver's files, for example of a mutant; set
#		OUT as well then
# CORE_DEBUG	1 (the default): with the driver's self-checks
# OUT		where products go; build/sim/<compiler>-<mode> by default
# V		1: show the commands
#
# Objects of the driver get their variables in sections of their own, which the
# runtime swaps with the worlds.

SHIM_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
TREE ?= $(abspath $(SHIM_DIR)/../..)
MODE ?= san
CORE_DEBUG ?= 1
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(MODE)),clang,gcc)
endif
OUT ?= $(TREE)/build/sim/$(notdir $(CC))-$(MODE)
OBJCOPY ?= objcopy

SHIM_WARN := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-type-limits -Wno-pointer-sign \
	$(if $(findstring clang,$(CC)),-Wno-initializer-overrides,-Wno-override-init)
SHIM_FLAGS := -std=gnu11 -g -fno-strict-aliasing -fno-pic -fno-common \
	-fno-omit-frame-pointer -D__KERNEL__ -DKBUILD_MODNAME='"pcache"' \
	-I$(SHIM_DIR) -include $(SHIM_DIR)/linux/kconfig.h $(SHIM_WARN)

flags_san := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
flags_fast := -O2
# Only the driver and its tests guide the fuzzer, not what they stand on.
flags_fuzz := -O2 $(filter-out -O%,$(flags_san))
flags_cov := -O1 --coverage
flags_tsan := -O1 -fsanitize=thread -DSHIM_THREADS -pthread
flags_native := -O2 -DSHIM_THREADS -pthread
ifeq ($(filter $(MODE),san fast cov fuzz tsan native),)
$(error MODE is $(MODE), not san, fast, cov, fuzz, tsan or native)
endif

SHIM_CFLAGS := $(SHIM_FLAGS) $(flags_$(MODE))
SHIM_LDFLAGS := -no-pie $(flags_$(MODE)) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer)
CORE_FLAGS := $(SHIM_CFLAGS) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer-no-link) \
	$(if $(filter 1,$(CORE_DEBUG)),-DCONFIG_BLK_DEV_PCACHE_DEBUG=1)

# What has no state of its own serves threads as well.
THREADED := $(filter tsan native,$(MODE))
SHIM_SOURCES := $(if $(THREADED),$(wildcard $(SHIM_DIR)/thread/*.c) \
	$(addprefix $(SHIM_DIR)/rt/,bdev.c bio.c format.c image.c lib.c \
	libstring.c rbtree.c),$(wildcard $(SHIM_DIR)/rt/*.c))
SHIM := $(OUT)/libshim.a

# Objects of the driver, by the names of its files.
core = $(patsubst %,$(OUT)/core/%.o,$(1))

Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-4s %s\n' $(1) $(@:$(TREE)/%=%)

# The driver below its front ends and control files.
CORE_UNITS := segment meta_segment cache_segment cache_slot cache_data \
	cache_dev cache_dev_map cache_pool backing_dev cache_key \
	cache_sample cache_replay cache_index cache_leaf cache_req \
	cache_miss cache_gc cache_lost cache_writeback cache_health \
	cache_check cache

# Its control files.
CONTROL_UNITS := main cache_node backing_node backing_fault backing_stats \
	backing_event options

define LINK
$(call say,LD)
$(Q)$(CC) $(SHIM_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)
endef

# Coverage counters must not be swapped, and threads have one world only.
SECTIONS_ := --rename-section .data=core_data \
	--rename-section .bss=core_bss,alloc,load,data,contents
SECTIONS := $(if $(filter cov tsan native,$(MODE)),,$(SECTIONS_))

$(SHIM): $(SHIM_SOURCES:$(SHIM_DIR)/%.c=$(OUT)/shim/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(OUT)/shim/%.o: $(SHIM_DIR)/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(SHIM_CFLAGS) -D_GNU_SOURCE -MMD -MP -c -o $@ $<

define CORE_CC
@mkdir -p $(@D)
$(call say,CC)
$(Q)$(CC) $(CORE_FLAGS) $(CORE_CFLAGS) -I$(TREE) -MMD -MP -MF $(@:.o=.d) -MT $@ \
	-c -o $@.tmp $<
$(Q)$(OBJCOPY) $(SECTIONS) $@.tmp $@
@rm -f $@.tmp
endef

$(OUT)/core/%.o: $(TREE)/%.c
	$(CORE_CC)

$(OUT)/selftest/%.o: $(SHIM_DIR)/selftest/%.c
	$(CORE_CC)

# Tests see the driver's headers, and cmocka's.
$(OUT)/%.o: $(TREE)/tests/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CORE_FLAGS) -D_GNU_SOURCE -I$(TREE) -I$(TREE)/tests -MMD -MP -c -o $@ $<

-include $(wildcard $(OUT)/shim/*/*.d $(OUT)/core/*.d $(OUT)/*/*.d)
