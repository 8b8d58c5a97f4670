# The library's half of the conformance tests: a program that the scripts of this folder ask line by line.
if(TARGET trunkline)
    add_executable(conformance_peer ${CMAKE_CURRENT_LIST_DIR}/peer/peer.cpp)
    target_link_libraries(conformance_peer PRIVATE trunkline::trunkline trunkline_warnings)
endif()
