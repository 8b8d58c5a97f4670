# The masker is laid out by what it does: a program masks example documents (src/mask/training), GCC counts which way
# every branch goes (-fprofile-generate), and the room is compiled by these counts (-fprofile-use). Calls are masked a tenth
# faster. It is counted anew whenever the sources change, which takes as long as compiling the room once more. A build of which
# nobody expects speed does without, and so do other compilers and hosts that cannot run what they compile.
set(TRUNKLINE_PROFILE AUTO CACHE STRING
    "Compile the masker by what is counted while it masks example documents: ON, OFF, or AUTO (a release made with GCC)")
set_property(CACHE TRUNKLINE_PROFILE PROPERTY STRINGS AUTO ON OFF)
set(trunkline_profiles OFF)
set(can_count OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_CROSSCOMPILING)
    set(can_count ON)
endif()
if(TRUNKLINE_PROFILE STREQUAL "AUTO")
    if(can_count AND CMAKE_BUILD_TYPE STREQUAL "Release")
        set(trunkline_profiles ON)
    endif()
elseif(TRUNKLINE_PROFILE)
    if(NOT can_count)
        message(FATAL_ERROR "TRUNKLINE_PROFILE=ON needs GCC, and a host that runs what it compiles")
    endif()
    set(trunkline_profiles ON)
endif()

# trunkline_profile(ROOM SOURCES ROOM_ABOVE...): compiles the objects of the room by what src/ROOM/training/main.cpp makes
# them do.
function(trunkline_profile room sources)
    set(target trunkline_${room})
    set(counting trunkline_${room}_counting)
    add_library(${counting} OBJECT EXCLUDE_FROM_ALL ${sources})
    trunkline_unite(${counting} ${sources})
    foreach(what INCLUDE_DIRECTORIES COMPILE_DEFINITIONS LINK_LIBRARIES)
        set_property(TARGET ${counting} PROPERTY ${what} $<TARGET_PROPERTY:${target},${what}>)
    endforeach()

    add_executable(${room}_training EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/src/${room}/training/main.cpp)
    target_link_options(${room}_training PRIVATE -fprofile-generate)
    target_link_libraries(${room}_training PRIVATE ${counting})
    trunkline_use_rooms(${room}_training ${ARGN})
    target_link_libraries(${room}_training PRIVATE trunkline_${room}_usage)

    # Both builds are told the same folder: there GCC writes the counts of an object and looks for them, and a function that
    # is local to its file is known by this path.
    set(counts ${PROJECT_BINARY_DIR}/${room}_profile)
    set(counted ${counts}/counted.hpp)
    target_compile_options(${counting} PRIVATE "SHELL:-dumpdir '${counts}/'" -fprofile-generate)
    add_custom_command(OUTPUT ${counted}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${counts}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${counts}
        COMMAND ${room}_training
        COMMAND ${CMAKE_COMMAND} -E touch ${counted}
        DEPENDS ${room}_training
        COMMENT "Counting what room ${room} does" VERBATIM)
    add_custom_target(${room}_profile DEPENDS ${counted})
    add_dependencies(${target} ${room}_profile)
    # An empty header that all of them include, so that what was counted anew is compiled anew. What no example makes them
    # do is compiled as without counts, and not for size. No code is made twice for the ways that lead to it: it is too much
    # as it is.
    target_compile_options(${target} PRIVATE "SHELL:-include '${counted}'"
        "SHELL:-dumpdir '${counts}/'" -fprofile-use -fprofile-partial-training -fno-tracer)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
        # By the counts GCC takes "rep stos" and "rep movs" for some 100 bytes, which take longer to begin than the C
        # library's functions take in all: a line of 84 bytes is masked a fifth faster without, a call 2 %.
        target_compile_options(${target} PRIVATE -mmemset-strategy=libcall:-1:noalign
            -mmemcpy-strategy=unrolled_loop:32:noalign,libcall:-1:noalign)
    endif()
endfunction()
