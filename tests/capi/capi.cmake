# Tests of the C interface: in C, against the shared object, as a host uses it.
enable_language(C)
set(capi_library ${PROJECT_BINARY_DIR}/lib/libtrunkline.so.0)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
foreach(source ${sources})
    cmake_path(GET source STEM name)
    add_executable(capi_${name} ${source})
    target_link_libraries(capi_${name} PRIVATE trunkline::c Threads::Threads)
    target_compile_options(capi_${name} PRIVATE -Wall -Wextra -pedantic -Werror)
    set_target_properties(capi_${name} PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
    if(programs)
        add_dependencies(capi_${name} ${programs})
    endif()
    add_test(NAME capi.${name} COMMAND capi_${name})
    set_tests_properties(capi.${name} PROPERTIES LABELS program ENVIRONMENT "${test_environment}")
endforeach()

add_test(NAME capi.symbols COMMAND Python3::Interpreter
    ${CMAKE_CURRENT_LIST_DIR}/check_symbols.py ${PROJECT_SOURCE_DIR} ${capi_library})
add_test(NAME capi.ffi_header COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/capi/ffi.py --check)
set_tests_properties(capi.symbols capi.ffi_header PROPERTIES LABELS house)
