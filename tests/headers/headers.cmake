# Every public header compiles alone and pulls in no vendor's header but Asio's. A test and not part of the build: it makes
# nothing, and its units would be a third of what a build compiles.
add_test(NAME headers COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/check_headers.py
    --compiler ${CMAKE_CXX_COMPILER} --include ${PROJECT_SOURCE_DIR}/include)
set_tests_properties(headers PROPERTIES LABELS house ENVIRONMENT "${test_environment}")
