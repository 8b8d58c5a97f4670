# The deterministic fault runs (./dev fault): engine, store and simulator in one process on virtual time.
if(NOT TARGET trunkline)
    return()
endif()
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/sync/oracles.cpp)
add_executable(fault ${sources})
trunkline_unite(fault ${sources})
target_include_directories(fault PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(fault PRIVATE trunkline::trunkline trunkline_crash_disk trunkline_warnings)
# As many seeds as a minute allows; which ones they were, it prints. More: ./dev fault --minutes 5
add_test(NAME fault COMMAND fault --seconds 60)
add_test(NAME fault.kills COMMAND fault --exhaustive 499)
add_test(NAME fault.same COMMAND fault --same 40 --seed 9001)
# Found something once: an engine that slept over the last answer of all wrote over the release its successor had finished.
add_test(NAME fault.late_end COMMAND fault --seed 281557)
set_tests_properties(fault fault.kills fault.same fault.late_end PROPERTIES LABELS program)
