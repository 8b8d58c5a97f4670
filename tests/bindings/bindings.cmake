# Hosts of scenarios.json in C++ and C; the drivers are the scripts here. See "about" in scenarios.json.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(scenarios-cpp ${sources})
target_link_libraries(scenarios-cpp PRIVATE trunkline::trunkline trunkline_warnings)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c)
add_executable(scenarios-c ${sources})
target_link_libraries(scenarios-c PRIVATE trunkline::c)
target_compile_options(scenarios-c PRIVATE -Wall -Wextra -pedantic -Werror)
set_target_properties(scenarios-c PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
