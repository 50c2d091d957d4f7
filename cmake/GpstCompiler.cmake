# Flags that hold for every target: optimisation, warnings as errors, sanitizers, ccache, linker.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
# No -g in release: debug information costs most of the compile time of LibTorch headers.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -D_GLIBCXX_ASSERTIONS")

add_library(gpst_warnings INTERFACE)
target_compile_options(gpst_warnings INTERFACE -Wall -Wextra -Werror -Wshadow=local)

if(GPST_SANITIZE)
  # Not for nvcc, which would take the list apart.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${GPST_SANITIZE};-fno-omit-frame-pointer>")
  add_link_options(-fsanitize=${GPST_SANITIZE})
endif()

find_program(GPST_CCACHE ccache)
if(GPST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # No second preprocessing on a miss. Precompiled headers need these for a hit; -fpch-preprocess stands with the header itself.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${GPST_CCACHE})
endif()

find_program(GPST_MOLD mold)
if(GPST_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
