# gpst_test(<folder> [PCH aten|nn] SOURCES ... [LINKS ...]): one test executable a folder.
set(GPST_GOLDEN_DIR ${CMAKE_SOURCE_DIR}/tests/golden)
function(gpst_test folder)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;LINKS" ${ARGN})
  add_executable(${folder}_tests ${arg_SOURCES})
  gpst_test_target(${folder}_tests gpst::${folder} GTest::gtest_main)
  gpst_test_entries(${folder}_tests ${folder} "" ${arg_SOURCES})
endfunction()

# gpst_kernel_test(<name> [PCH aten|nn] SOURCES ... [EMULATED_SOURCES ...] [LINKS ...]
#                  [EMULATED <library>] [GPU <library>])
# Tests of what runs as kernels. Compiled once, linked twice: <name>_tests with emulated kernels,
# label `emulator`; <name>_gpu_tests with real ones, label `gpu`, which skips itself on a machine
# without a device. EMULATED_SOURCES belong to the first only. The two libraries say where things
# run, by default for host functions and all that calls them (tests/support/kernel_device.h); that
# for a GPU brings a main().
function(gpst_kernel_test name)
  cmake_parse_arguments(arg "" "PCH;EMULATED;GPU" "SOURCES;EMULATED_SOURCES;LINKS" ${ARGN})
  if(NOT arg_EMULATED)
    set(arg_EMULATED gpst_test_emulated)
    set(arg_GPU gpst_test_gpu)
    list(APPEND arg_LINKS gpst::ops)
  endif()
  add_library(${name}_test_objects OBJECT ${arg_SOURCES})
  gpst_test_target(${name}_test_objects GTest::gtest)
  add_executable(${name}_tests ${arg_EMULATED_SOURCES} $<TARGET_OBJECTS:${name}_test_objects>)
  gpst_test_target(${name}_tests ${arg_EMULATED} GTest::gtest_main)
  gpst_test_entries(${name}_tests ${name} emulator ${arg_SOURCES} ${arg_EMULATED_SOURCES})
  if(gpst_cuda_on)
    add_executable(${name}_gpu_tests $<TARGET_OBJECTS:${name}_test_objects>)
    gpst_test_target(${name}_gpu_tests ${arg_GPU} GTest::gtest)
    gpst_test_entries(${name}_gpu_tests ${name}.gpu gpu ${arg_SOURCES})
  endif()
endfunction()

# What both kinds need; also links what stands behind the target, and LINKS and PCH of the caller.
function(gpst_test_target target)
  target_link_libraries(${target} PRIVATE ${ARGN} ${arg_LINKS} gpst_warnings)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE
    GPST_GOLDEN_DEFAULT="${GPST_GOLDEN_DIR}" GPST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(arg_PCH)
    gpst_use_pch(${target} ${arg_PCH})
  endif()
endfunction()

# The entries of a program: one for its ordinary tests, one each, so labelled, for those with "golden"
# or "slow" in their name. One a program and label: loading LibTorch once instead of once a test.
function(gpst_test_entries program name labels)
  gpst_test_entry(${program} ${name} "-*golden*:*Golden*:*slow*:*Slow*" "${labels}")
  foreach(source IN LISTS ARGN)
    get_filename_component(source ${source} ABSOLUTE)
    file(STRINGS ${source} golden REGEX "TEST.*[Gg]olden")
    file(STRINGS ${source} slow REGEX "TEST.*[Ss]low")
    list(APPEND goldens ${golden})
    list(APPEND slows ${slow})
  endforeach()
  if(goldens)
    gpst_test_entry(${program} ${name}.golden "*golden*:*Golden*:-*slow*:*Slow*" "${labels};golden")
  endif()
  if(slows)
    gpst_test_entry(${program} ${name}.slow "*slow*:*Slow*" "${labels};slow")
  endif()
endfunction()

# Runs the tests of a program that a filter chooses; when it chooses none, that is a failure.
function(gpst_test_entry program name filter labels)
  add_test(NAME ${name} COMMAND ${program} --gtest_filter=${filter} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77
    FAIL_REGULAR_EXPRESSION "] 0 tests from")
endfunction()
