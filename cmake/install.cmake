# The package: find_package(trunkline) and pkg-config. Nothing in it names the prefix, so that it may be moved.
# Components: runtime (shared library), development (headers, archive, package files), programs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/trunkline)

install(TARGETS trunkline EXPORT trunkline
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT Hiredis_FOUND)
    set(without_redis PATTERN redis EXCLUDE)
endif()
install(DIRECTORY include/trunkline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" ${without_redis})
install(EXPORT trunkline NAMESPACE trunkline:: FILE trunklineTargets.cmake
    DESTINATION ${package_dir} COMPONENT development)

# The C interface is a package of its own inside this one: who uses it needs nothing of what the C++ library needs.
if(TARGET trunkline_c)
    set_target_properties(trunkline_c PROPERTIES EXPORT_NAME c)
    if(BUILD_SHARED_LIBS)
        set_target_properties(trunkline_c PROPERTIES INSTALL_RPATH "\$ORIGIN")
    endif()
    install(TARGETS trunkline_c EXPORT trunkline_c
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(DIRECTORY capi/include/trunkline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.h")
    install(EXPORT trunkline_c NAMESPACE trunkline:: FILE trunklineCTargets.cmake
        DESTINATION ${package_dir} COMPONENT development)
endif()

configure_package_config_file(cmake/trunklineConfig.cmake.in ${PROJECT_BINARY_DIR}/package/trunklineConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/trunklineConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/package/trunklineConfig.cmake
    ${PROJECT_BINARY_DIR}/package/trunklineConfigVersion.cmake
    cmake/FindSOCI.cmake
    cmake/FindHiredis.cmake
    cmake/FindRE2.cmake
    DESTINATION ${package_dir} COMPONENT development)

# pkg-config: an archive does not remember what it needs, a shared object does.
set(pc_requires "openssl >= 3, zlib, sqlite3")
set(pc_libs "-lsoci_sqlite3 -lsoci_core")
if(Hiredis_FOUND)
    string(APPEND pc_libs " -lhiredis")
endif()
if(TARGET RE2::RE2)
    string(APPEND pc_libs " -lre2")
endif()
if(BUILD_SHARED_LIBS)
    set(pc_dependencies "Requires.private: ${pc_requires}\nLibs.private: ${pc_libs}")
    set(pc_own_libs "-L\${libdir} -ltrunklinexx")
else()
    set(pc_dependencies "Requires: ${pc_requires}")
    set(pc_own_libs "-L\${libdir} -ltrunklinexx ${pc_libs} -pthread")
endif()
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(cmake/trunkline.pc.in ${PROJECT_BINARY_DIR}/package/trunkline.pc @ONLY)
set(pc_files ${PROJECT_BINARY_DIR}/package/trunkline.pc)
if(TARGET trunkline_c)
    configure_file(cmake/trunkline-c.pc.in ${PROJECT_BINARY_DIR}/package/trunkline-c.pc @ONLY)
    list(APPEND pc_files ${PROJECT_BINARY_DIR}/package/trunkline-c.pc)
endif()
install(FILES ${pc_files} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
