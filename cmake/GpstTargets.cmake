# gpst_library(<folder> [SHARED] [PCH aten|nn] SOURCES ... [LINKS ...] [PRIVATE_LINKS ...])
# One library a folder. PCH names the precompiled header its files start from: `aten` for tensors
# only (1.5 s a file), `nn` where torch::nn modules are defined (3.5 s; all of torch/torch.h: 7.6 s).
function(gpst_library folder)
  cmake_parse_arguments(arg "SHARED" "PCH" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  set(target gpst_${folder})
  if(arg_SHARED)
    add_library(${target} SHARED ${arg_SOURCES})
  else()
    add_library(${target} STATIC ${arg_SOURCES})
  endif()
  add_library(gpst::${folder} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/gpst>)
  target_link_libraries(${target} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS}
                        $<BUILD_INTERFACE:gpst_warnings>)
  target_compile_features(${target} INTERFACE cxx_std_20)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  if(arg_PCH)
    gpst_use_pch(${target} ${arg_PCH})
  endif()
endfunction()

# The two precompiled headers, each compiled once and shared by every target that asks for it.
function(gpst_use_pch target kind)
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM gpst_pch_${kind})
endfunction()

foreach(kind aten nn)
  file(WRITE ${CMAKE_BINARY_DIR}/pch/${kind}.cpp.in "// holds the precompiled header\n")
  configure_file(${CMAKE_BINARY_DIR}/pch/${kind}.cpp.in ${CMAKE_BINARY_DIR}/pch/${kind}.cpp COPYONLY)
  add_library(gpst_pch_${kind} OBJECT ${CMAKE_BINARY_DIR}/pch/${kind}.cpp)
  target_link_libraries(gpst_pch_${kind} PRIVATE gpst_torch gpst_warnings)
  target_compile_options(gpst_pch_${kind} PRIVATE -fpch-preprocess)
endforeach()
target_precompile_headers(gpst_pch_aten PRIVATE <ATen/ATen.h>)
target_precompile_headers(gpst_pch_nn PRIVATE <ATen/ATen.h> <torch/nn/module.h>)
