# cmake -DROOT=<tree> -DTORCH=<LibTorch> -DWORK=<scratch> -DCOMPILER=... -P cuda_switch.cmake
# What GPST_CUDA does on machines that lack something: AUTO goes without and says why, ON fails.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${WORK})
set(ENV{CUDACXX} /bin/false)
set(configure ${CMAKE_COMMAND} -G Ninja -S ${ROOT}/tests/structure/cuda_switch -B ${WORK}/build
  -DROOT=${ROOT} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_COMPILER_WORKS=ON)

# expect(<GPST_CUDA> <folder of LibTorch> <succeeds: TRUE or FALSE> <regular expression>)
function(expect wish torch succeeds text)
  execute_process(COMMAND ${configure} -DGPST_CUDA=${wish} -DGPST_TORCH_ROOT=${torch}
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  if(NOT said MATCHES "${text}")
    message(FATAL_ERROR "GPST_CUDA=${wish}: expected '${text}', found: ${said}")
  endif()
  if(succeeds AND NOT status EQUAL 0 OR NOT succeeds AND status EQUAL 0)
    message(FATAL_ERROR "GPST_CUDA=${wish}: exit status ${status}: ${said}")
  endif()
endfunction()

# A LibTorch without libtorch_cuda.so.
file(COPY ${TORCH}/include/torch/headeronly/version.h DESTINATION ${WORK}/cpu/include/torch/headeronly)
file(WRITE ${WORK}/cpu/lib/libtorch_cpu.so "")

expect(OFF ${TORCH} TRUE "CUDA off: GPST_CUDA=OFF")
expect(AUTO ${TORCH} TRUE "CUDA off: no working nvcc was found")
expect(ON ${TORCH} FALSE "GPST_CUDA=ON, but no working nvcc was found. Install the CUDA toolkit")
expect(AUTO ${WORK}/cpu TRUE "CUDA off: the LibTorch in .* is built without CUDA")
expect(ON ${WORK}/cpu FALSE "GPST_CUDA=ON, but the LibTorch in .* is built without CUDA")
expect(perhaps ${TORCH} FALSE "GPST_CUDA=perhaps: expected AUTO, ON or OFF")
file(REMOVE_RECURSE ${WORK})
