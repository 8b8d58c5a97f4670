# Every public header compiles alone, included twice, with warnings on. Only the compiler's front end matters here.
file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/include/*.hpp)
set(units "")
foreach(header ${headers})
    string(MAKE_C_IDENTIFIER ${header} unit)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/headers/${unit}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
    list(APPEND units ${unit})
endforeach()
if(units AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")    # nothing runs here, so a sanitizer has nothing to say
    add_library(test_headers OBJECT ${units})
    target_link_libraries(test_headers PRIVATE trunkline_flags trunkline_warnings)
    target_compile_options(test_headers PRIVATE -O0 -g0)
endif()

# What they pull in, through whatever they include, is no vendor's header but Asio's.
add_test(NAME headers.reach COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/check_reach.py
    --compiler ${CMAKE_CXX_COMPILER} --include ${PROJECT_SOURCE_DIR}/include)
set_tests_properties(headers.reach PROPERTIES LABELS house ENVIRONMENT "${test_environment}")
