# One object library a room, so that the build itself knows which room needs which.

# What every translation unit of ours is compiled with.
add_library(trunkline_flags INTERFACE)
target_include_directories(trunkline_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_features(trunkline_flags INTERFACE cxx_std_20)
target_compile_definitions(trunkline_flags INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
target_link_libraries(trunkline_flags INTERFACE Boost::headers Threads::Threads)

add_library(trunkline_warnings INTERFACE)
target_compile_options(trunkline_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    $<$<BOOL:${TRUNKLINE_WERROR}>:-Werror>)

# The foreign libraries a room is built on. Nothing else may include them.
set(trunkline_core_vendors OpenSSL::Crypto)
set(trunkline_http_vendors OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB)
set(trunkline_store_vendors SOCI::core SOCI::sqlite3 SQLite::SQLite3)
if(TARGET RE2::RE2)
    set(trunkline_mask_vendors RE2::RE2)
endif()
if(TARGET Hiredis::hiredis)
    set(trunkline_redis_vendors Hiredis::hiredis)
endif()

set_property(GLOBAL PROPERTY TRUNKLINE_ROOMS "")

# trunkline_room(NAME [ROOM_ABOVE...]): the objects of src/NAME as trunkline_NAME (if there are any), and what a program
# made of them must link as trunkline_NAME_usage.
function(trunkline_room room)
    set_property(GLOBAL APPEND PROPERTY TRUNKLINE_ROOMS ${room})
    set_property(GLOBAL PROPERTY TRUNKLINE_ABOVE_${room} "${ARGN}")

    add_library(trunkline_${room}_usage INTERFACE)
    target_link_libraries(trunkline_${room}_usage INTERFACE trunkline_flags ${trunkline_${room}_vendors})

    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_library(trunkline_${room} OBJECT ${sources})
    trunkline_unite(trunkline_${room} ${sources})
    target_include_directories(trunkline_${room} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(trunkline_${room} PUBLIC trunkline_flags PRIVATE trunkline_warnings ${trunkline_${room}_vendors})
    if(room STREQUAL "mask" AND TARGET RE2::RE2)
        target_compile_definitions(trunkline_mask PRIVATE TRUNKLINE_RE2)
    endif()
    foreach(above ${ARGN})
        target_link_libraries(trunkline_${room} PUBLIC trunkline_${above}_usage)
    endforeach()
    if(room STREQUAL "mask" AND trunkline_profiles)
        trunkline_profile(${room} "${sources}" ${ARGN})
    endif()
endfunction()

# The objects of the rooms named, for a program or test that wants only those.
function(trunkline_use_rooms target)
    foreach(room ${ARGN})
        if(TARGET trunkline_${room})
            target_link_libraries(${target} PRIVATE trunkline_${room})
        endif()
        target_link_libraries(${target} PRIVATE trunkline_${room}_usage)
    endforeach()
    target_link_libraries(${target} PRIVATE trunkline_warnings)
endfunction()
