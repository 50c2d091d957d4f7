# gpst_test(<folder> [PCH aten|torch] SOURCES ... [LINKS ...]): one test executable a folder, its
# tests found by GoogleTest. Tests with "golden" in their name get the label golden, "slow" slow.
set(GPST_GOLDEN_DIR ${CMAKE_SOURCE_DIR}/tests/golden)
function(gpst_test folder)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;LINKS" ${ARGN})
  set(target ${folder}_tests)
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE gpst::${folder} ${arg_LINKS} GTest::gtest_main gpst_warnings)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE
    GPST_GOLDEN_DEFAULT="${GPST_GOLDEN_DIR}" GPST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(arg_PCH)
    gpst_use_pch(${target} ${arg_PCH})
  endif()
  # One ctest entry a folder and label: loading LibTorch once a folder instead of once a test.
  add_test(NAME ${folder} COMMAND ${target} --gtest_filter=-*golden*:*Golden*:*slow*:*Slow* --gtest_brief=1)
  add_test(NAME ${folder}.golden COMMAND ${target} --gtest_filter=*golden*:*Golden*:-*slow*:*Slow* --gtest_brief=1)
  set_tests_properties(${folder}.golden PROPERTIES LABELS golden)
endfunction()
