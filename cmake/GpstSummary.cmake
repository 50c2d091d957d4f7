# What was chosen, so that a build log answers the first questions.
message(STATUS "gpst ${PROJECT_VERSION}")
message(STATUS "  build type   ${CMAKE_BUILD_TYPE}")
message(STATUS "  compiler     ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
message(STATUS "  LibTorch     ${gpst_torch_version} in ${gpst_torch_root}")
message(STATUS "  sanitizers   ${GPST_SANITIZE}")
message(STATUS "  ccache       ${GPST_CCACHE}")
message(STATUS "  linker       ${GPST_MOLD}")
message(STATUS "  tests/bench  ${GPST_BUILD_TESTS}/${GPST_BUILD_BENCH}")
