# The rules of the house, each with a proof that it can fail.
function(trunkline_house_test name script)
    add_test(NAME house.${name} COMMAND Python3::Interpreter ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${script} ${ARGN})
    set_tests_properties(house.${name} PROPERTIES
        LABELS house SKIP_RETURN_CODE 77 ENVIRONMENT "${test_environment}")
endfunction()

trunkline_house_test(rooms check_rooms.py ${PROJECT_SOURCE_DIR})
trunkline_house_test(rooms_can_fail check_rooms.py --self-test)
trunkline_house_test(tree check_tree.py ${PROJECT_SOURCE_DIR})
trunkline_house_test(tree_can_fail check_tree.py --self-test)
trunkline_house_test(format check_format.py ${PROJECT_SOURCE_DIR})
trunkline_house_test(risks check_risks.py ${PROJECT_SOURCE_DIR})
trunkline_house_test(risks_can_fail check_risks.py --self-test)
trunkline_house_test(mutants ../fault/mutate.py --check)
