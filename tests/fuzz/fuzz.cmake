# Each tests/fuzz/NAME.cpp is a fuzz target with the entry point of libFuzzer, its corpus in tests/fuzz/corpus/NAME.
#
# With TRUNKLINE_FUZZ (the preset fuzz: clang, sanitizers) it is linked with libFuzzer and compiled together with the
# sources that it names in a list here, and with nothing else. Otherwise mutator.cpp drives it, as a short test.
file(GLOB json_sources RELATIVE ${PROJECT_SOURCE_DIR}/src CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/core/json*.cpp)
list(TRANSFORM json_sources REPLACE "\\.cpp$" "")
set(trunkline_fuzz_response
    core/crypto core/error ${json_sources} http/asio http/gzip http/message http/url http/wire_read http/wire_write
    retell/exchange_decode retell/exchange_encode retell/exchange_form retell/exchange_text retell/operation_table
    retell/outcome retell/paging retell/retry retell/retry_after core/phone_plan)
set(trunkline_fuzz_mask core/crypto core/error ${json_sources} core/phone_plan)
file(GLOB mask_sources RELATIVE ${PROJECT_SOURCE_DIR}/src CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/mask/*.cpp)
list(TRANSFORM mask_sources REPLACE "\\.cpp$" "")
list(APPEND trunkline_fuzz_mask ${mask_sources})
list(APPEND trunkline_fuzz_response ${mask_sources})    # answers are quoted through the masker

file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
list(REMOVE_ITEM targets ${CMAKE_CURRENT_LIST_DIR}/mutator.cpp)
if(TRUNKLINE_FUZZ)
    add_custom_target(fuzz)
    foreach(source ${targets})
        cmake_path(GET source STEM name)
        list(TRANSFORM trunkline_fuzz_${name} REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/src/\\1.cpp" OUTPUT_VARIABLE parts)
        add_executable(fuzz_${name} ${source} ${parts})
        target_link_libraries(fuzz_${name} PRIVATE trunkline_flags OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB)
        target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
        target_compile_definitions(fuzz_${name} PRIVATE TRUNKLINE_LIBFUZZER)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        add_dependencies(fuzz fuzz_${name})
    endforeach()
elseif(TRUNKLINE_TESTS AND TARGET trunkline)
    foreach(source ${targets})
        cmake_path(GET source STEM name)
        add_executable(fuzz_${name} ${source} ${CMAKE_CURRENT_LIST_DIR}/mutator.cpp)
        target_link_libraries(fuzz_${name} PRIVATE trunkline::trunkline trunkline_warnings)
        target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
        add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_LIST_DIR}/corpus/${name})
        set_tests_properties(fuzz.${name} PROPERTIES LABELS program)
    endforeach()
endif()
