# The masker is laid out by what it does: a program masks example documents (src/mask/training), GCC counts which way
# every branch goes (-fprofile-generate), and the room is compiled by these counts (-fprofile-use). Calls are masked a tenth
# faster. The counts are made anew in every build, so that they are never those of other sources, or of another compiler;
# that takes as long as compiling the room once more. A build of which nobody expects speed does without.
set(profiled OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_CROSSCOMPILING)
    set(profiled ON)
endif()
option(TRUNKLINE_PROFILE "Compile the masker by what is counted while it masks example documents" ${profiled})

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
    set(stamp ${counts}/counted)
    target_compile_options(${counting} PRIVATE "SHELL:-dumpdir '${counts}/'" -fprofile-generate)
    add_custom_command(OUTPUT ${stamp}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${counts}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${counts}
        COMMAND ${room}_training
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${room}_training
        COMMENT "Counting what the ${room}er does" VERBATIM)
    add_custom_target(${room}_profile DEPENDS ${stamp})
    add_dependencies(${target} ${room}_profile)
    # What no example makes it do is compiled as without counts, and not for size. No code is made twice for the ways that
    # lead to it: it is too much as it is.
    target_compile_options(${target} PRIVATE
        "SHELL:-dumpdir '${counts}/'" -fprofile-use -fprofile-partial-training -fno-tracer)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
        # By the counts GCC takes "rep stos" and "rep movs" for some 100 bytes, which take longer to begin than the C
        # library's functions take in all: a line of 84 bytes is masked a fifth faster without, a call 2 %.
        target_compile_options(${target} PRIVATE -mmemset-strategy=libcall:-1:noalign
            -mmemcpy-strategy=unrolled_loop:32:noalign,libcall:-1:noalign)
    endif()
endfunction()
