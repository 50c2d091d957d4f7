# cmake --install: the program, the libraries with their headers, and a CMake package `gpst` that
# offers them as gpst::base, gpst::tokenizer and so on. examples/embed shows its use.
include(CMakePackageConfigHelpers)
set(gpst_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gpst)
set(gpst_exported ${GPST_FOLDERS})
# Kernels are reached through the ops; nobody links them.
list(REMOVE_ITEM gpst_exported cli cuda)

foreach(folder IN LISTS gpst_exported)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gpst
          FILES_MATCHING PATTERN "*.h" PATTERN "cuda" EXCLUDE)
endforeach()
list(TRANSFORM gpst_exported PREPEND gpst_)
# Parts of a folder that work without LibTorch.
list(APPEND gpst_exported gpst_partition gpst_calibration)
install(TARGETS ${gpst_exported} EXPORT gpstTargets)
install(EXPORT gpstTargets NAMESPACE gpst:: DESTINATION ${gpst_package_dir})

install(TARGETS gpstoken)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/configs ${CMAKE_SOURCE_DIR}/models
        DESTINATION ${CMAKE_INSTALL_DATADIR}/gpst OPTIONAL)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/NOTICE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/gpstConfig.cmake.in gpstConfig.cmake
  INSTALL_DESTINATION ${gpst_package_dir})
write_basic_package_version_file(gpstConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/gpstConfig.cmake ${CMAKE_BINARY_DIR}/gpstConfigVersion.cmake
              ${CMAKE_SOURCE_DIR}/cmake/GpstTorch.cmake
        DESTINATION ${gpst_package_dir})
