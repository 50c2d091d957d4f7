# LibTorch as hand-written imported targets, linked through `gpst_torch`; also part of the installed
# package. find_package(Torch) is not used: it needs a CUDA toolkit for the CUDA-flavoured wheel,
# edits global flags and fails with CMake 3.25 + CUDA 13.
if(GPST_TORCH_ROOT)
  set(gpst_torch_root ${GPST_TORCH_ROOT})
else()
  set(gpst_torch_root ${GPST_DEPS_DIR}/python/torch)
endif()
if(NOT EXISTS ${gpst_torch_root}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch not found in ${gpst_torch_root} (looked for lib/libtorch_cpu.so). "
    "Run scripts/setup.sh, or pass -DGPST_TORCH_ROOT=/path/to/libtorch (2.11 or newer).")
endif()
file(STRINGS ${gpst_torch_root}/include/torch/headeronly/version.h gpst_torch_version_line
     REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX MATCHALL "[0-9]+" gpst_torch_version "${gpst_torch_version_line}")
list(JOIN gpst_torch_version "." gpst_torch_version)
if(gpst_torch_version VERSION_LESS 2.11)
  message(FATAL_ERROR "LibTorch ${gpst_torch_version} in ${gpst_torch_root} is too old: 2.11 or newer is needed.")
endif()

foreach(lib c10 torch_cpu)
  add_library(gpst_torch_${lib} SHARED IMPORTED GLOBAL)
  set_target_properties(gpst_torch_${lib} PROPERTIES
    IMPORTED_LOCATION ${gpst_torch_root}/lib/lib${lib}.so
    INTERFACE_INCLUDE_DIRECTORIES
      "${gpst_torch_root}/include/torch/csrc/api/include")
endforeach()

# Imported like its parts: exported gpst:: targets then name it without carrying it.
add_library(gpst_torch INTERFACE IMPORTED GLOBAL)
target_link_libraries(gpst_torch INTERFACE gpst_torch_torch_cpu gpst_torch_c10)
# Behind all others: this folder carries its own fmt, dnnl and protobuf that would shadow the system's.
target_compile_options(gpst_torch INTERFACE "SHELL:-idirafter ${gpst_torch_root}/include")
# libtorch_cpu.so of the wheel names CUDA runtime libraries that only its rpath finds.
target_link_options(gpst_torch INTERFACE -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined)
