# The library users link: every room's objects in one archive (or shared object with BUILD_SHARED_LIBS).
get_property(rooms GLOBAL PROPERTY TRUNKLINE_ROOMS)
set(objects "")
foreach(room ${rooms})
    if(TARGET trunkline_${room})
        list(APPEND objects $<TARGET_OBJECTS:trunkline_${room}>)
    endif()
endforeach()
file(GLOB facade CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp ${PROJECT_SOURCE_DIR}/src/control_center/*.cpp)
if(NOT objects AND NOT facade)
    return()
endif()

add_library(trunkline ${objects} ${facade})
trunkline_unite(trunkline ${facade})
add_library(trunkline::trunkline ALIAS trunkline)
# Before 1.0 a minor release may change the binary interface, so it is part of the name the loader looks for.
# The name libtrunkline belongs to the C interface, see docs/decisions/008.
set_target_properties(trunkline PROPERTIES
    OUTPUT_NAME trunklinexx
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_include_directories(trunkline
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_features(trunkline PUBLIC cxx_std_20)
target_compile_definitions(trunkline PUBLIC BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
if(TARGET trunkline_redis)
    target_compile_definitions(trunkline PRIVATE TRUNKLINE_HAS_REDIS)
endif()
target_link_libraries(trunkline
    PUBLIC Boost::headers Threads::Threads
    PRIVATE $<BUILD_INTERFACE:trunkline_warnings>
        OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB SOCI::sqlite3 SOCI::core SQLite::SQLite3 ${trunkline_mask_vendors} ${trunkline_redis_vendors})
