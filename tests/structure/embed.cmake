# cmake -DBUILD=<build folder> -DSOURCE=<tree> -DWORK=<scratch> -DMODEL=<folder> -DCOMPILER=... -P embed.cmake
# Installs, builds examples/embed against what was installed, and runs it.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${WORK})
execute_process(
  COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -G Ninja -S ${SOURCE}/examples/embed -B ${WORK}/build
    -DCMAKE_PREFIX_PATH=${WORK}/installed -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${WORK}/build/embed ${MODEL}/config.yaml ${MODEL}/model.safetensors ${PICTURE}
    ${WORK}/result.png
  OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "^64 Gaussians, PSNR -?[0-9.]+ dB\n$" OR NOT EXISTS ${WORK}/result.png)
  message(FATAL_ERROR "embed said: ${said}")
endif()
execute_process(COMMAND ${WORK}/installed/bin/gpstoken --version OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)
# The installed program finds the kernels where they were installed: it opens them, and then LibTorch
# does not get along with the driver of tests/cli/fake_driver.cpp.
if(CUDA)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${FAKE_DRIVER} "FAKE_CUDA=13000 0 1"
      ${WORK}/installed/bin/gpstoken man --device cuda
    ERROR_VARIABLE said_of_cuda OUTPUT_QUIET)
  if(NOT said_of_cuda MATCHES "LibTorch finds no CUDA device")
    message(FATAL_ERROR "the installed program said of CUDA: ${said_of_cuda}")
  endif()
endif()
message(STATUS "embed: ${said}")
file(REMOVE_RECURSE ${WORK})
