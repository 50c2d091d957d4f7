# cmake -DPROGRAM=<gpstoken> -DDOCUMENT=docs/config.md -P same_output.cmake
# docs/config.md is what the program prints.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} docs-config OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${DOCUMENT} committed)
if(NOT printed STREQUAL committed)
  message(FATAL_ERROR "${DOCUMENT} is not what the program prints. Make it anew:\n"
    "  build/release/bin/gpstoken docs-config > docs/config.md")
endif()
