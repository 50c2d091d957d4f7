# The CUDA side: whether it is built, with which compiler and for which devices. Sets gpst_cuda_on;
# where it is on, also the language CUDA, gpst_torch_cuda (LibTorch's CUDA half and the runtime) and
# gpst_cuda_library_dir (the toolkit's libraries).
set(GPST_CUDA AUTO CACHE STRING "CUDA kernels: AUTO (where a working nvcc is found), ON or OFF")
set_property(CACHE GPST_CUDA PROPERTY STRINGS AUTO ON OFF)
string(TOUPPER "${GPST_CUDA}" gpst_cuda_wish)
if(NOT gpst_cuda_wish MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "GPST_CUDA=${GPST_CUDA}: expected AUTO, ON or OFF.")
endif()

# Machine code for compute capability 8.x, 9.x and 10.x; newer devices translate the last one's PTX.
# This is the only place that says so.
set(gpst_cuda_architectures 80 90 100)
set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100)

set(gpst_cuda_on FALSE)
set(gpst_cuda_lack "")
if(gpst_cuda_wish STREQUAL "OFF")
  set(gpst_cuda_lack "GPST_CUDA=OFF")
elseif(NOT EXISTS ${gpst_torch_root}/lib/libtorch_cuda.so)
  set(gpst_cuda_lack "the LibTorch in ${gpst_torch_root} is built without CUDA")
else()
  # Compiles a program: an nvcc may be there without its toolkit. A failure is not remembered: the
  # toolkit may be installed by now.
  include(CheckLanguage)
  if(NOT CMAKE_CUDA_COMPILER)
    unset(CMAKE_CUDA_COMPILER CACHE)
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    # A process has one CUDA runtime: LibTorch's.
    file(STRINGS ${gpst_torch_root}/lib/libc10_cuda.so runtime REGEX "libcudart\\.so\\.[0-9]+")
    string(REGEX MATCH "libcudart\\.so\\.([0-9]+)" runtime "${runtime}")
    set(gpst_torch_cuda_version ${CMAKE_MATCH_1})
    string(REGEX MATCH "^[0-9]+" nvcc_version ${CMAKE_CUDA_COMPILER_VERSION})
    if(nvcc_version EQUAL gpst_torch_cuda_version)
      set(gpst_cuda_on TRUE)
    else()
      set(gpst_cuda_lack "nvcc is of CUDA ${CMAKE_CUDA_COMPILER_VERSION} and LibTorch of CUDA ${gpst_torch_cuda_version}")
    endif()
  else()
    set(gpst_cuda_lack "no working nvcc was found")
  endif()
endif()

if(NOT gpst_cuda_on)
  set(gpst_cuda_summary "off: ${gpst_cuda_lack}")
  if(gpst_cuda_wish STREQUAL "ON")
    message(FATAL_ERROR "GPST_CUDA=ON, but ${gpst_cuda_lack}. Install the CUDA toolkit 13, put its "
      "nvcc on the PATH (or set CUDACXX=/path/to/nvcc) and use a LibTorch with CUDA 13, as "
      "scripts/setup.sh fetches it; or configure with -DGPST_CUDA=OFF.")
  endif()
  return()
endif()

# CMake 3.25.1 does not know that nvcc 13 speaks C++20.
if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)

find_package(CUDAToolkit REQUIRED)
set(gpst_cuda_library_dir ${CUDAToolkit_LIBRARY_DIR})
foreach(lib c10_cuda torch_cuda)
  add_library(gpst_torch_${lib} SHARED IMPORTED)
  set_target_properties(gpst_torch_${lib} PROPERTIES
    IMPORTED_LOCATION ${gpst_torch_root}/lib/lib${lib}.so)
endforeach()
# --no-as-needed: the operators of libtorch_cuda.so register themselves when it is loaded; few of its
# symbols are named, and none of some builds'. The runtime is shared: LibTorch has its own otherwise.
add_library(gpst_torch_cuda INTERFACE)
target_link_libraries(gpst_torch_cuda INTERFACE
  gpst_torch -Wl,--push-state,--no-as-needed gpst_torch_torch_cuda gpst_torch_c10_cuda
  -Wl,--pop-state CUDA::cudart)

list(JOIN gpst_cuda_architectures ", " gpst_cuda_summary)
string(CONCAT gpst_cuda_summary "on: nvcc ${CMAKE_CUDA_COMPILER_VERSION}, architectures "
  "${gpst_cuda_summary} and PTX of the last")
