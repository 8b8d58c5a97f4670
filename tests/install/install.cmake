# Installs this build into a temporary prefix, moves that, and builds and runs a consumer in each of the two ways.
add_test(NAME install.consumer COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/check_install.py
    --build ${PROJECT_BINARY_DIR} --cmake ${CMAKE_COMMAND} --generator ${CMAKE_GENERATOR} --compiler ${CMAKE_CXX_COMPILER}
    --flags=${CMAKE_CXX_FLAGS} --version ${PROJECT_VERSION})
set_tests_properties(install.consumer PROPERTIES LABELS install SKIP_RETURN_CODE 77 ENVIRONMENT "${test_environment}")
