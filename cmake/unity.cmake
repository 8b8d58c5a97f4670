# Most of what a translation unit of ours costs is what it shares with its neighbours: headers, and the templates both
# instantiate. So the presets dev and ci compile neighbours together (CMAKE_UNITY_BUILD), which makes a full build three
# times as fast; release, asan and tsan compile each file alone, and so notice an include that only a neighbour has (but see
# trunkline_always_united).
#
# trunkline_unite(TARGET SOURCE...): groups the sources. Files whose names begin with the same word (simulator_*.cpp) belong
# together, if there are a few of them; the others of the folder fill groups of their own. Two files of one group may not
# have the same name in their anonymous namespaces: rename one, or name one here.
set(trunkline_compiled_alone
    # Members with types that g++ takes for anonymous once the file is included by another.
    src/http/stream.cpp src/http/wire_read.cpp
    # Replaces operator new: g++ must not see it beside its uses.
    tests/mask/allocations.cpp
    # They would meet names that say the same elsewhere.
    src/http/server_session.cpp src/retell/operation_table.cpp src/retell/retry_after.cpp
    tests/retell/exchange_encode.cpp tests/retell/paging.cpp tests/retell/retry.cpp
    tests/store/disk_test.cpp tests/store/open_test.cpp tests/store/support.cpp tests/store/vault_test.cpp
    tests/sync/number_test.cpp tests/sync/plan_test.cpp)

# The files of the masker's engine call each other for every character that matters: inlined into one another they mask a
# document of 9.8 KB in 16.2 us, apart in 18.8. So whoever builds it, with whatever preset, builds it this way.
set(trunkline_always_united trunkline_mask trunkline_mask_counting)

function(trunkline_unite target)
    if(NOT CMAKE_UNITY_BUILD AND NOT target IN_LIST trunkline_always_united)
        return()
    endif()
    set(at_most 12)
    set(words "")
    foreach(source ${ARGN})
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE place)
        if(place IN_LIST trunkline_compiled_alone)
            continue()
        endif()
        cmake_path(GET source STEM stem)
        string(REGEX MATCH "^[^_]+" word ${stem})
        list(APPEND words ${word})
        list(APPEND of_${word} ${source})
    endforeach()
    list(REMOVE_DUPLICATES words)
    set(alone "")
    foreach(word ${words})
        list(LENGTH of_${word} count)
        if(count LESS 4)
            list(APPEND alone ${of_${word}})
            list(REMOVE_ITEM words ${word})
        endif()
    endforeach()
    set(of_others ${alone})
    foreach(word ${words} others)
        set(index 0)
        foreach(source ${of_${word}})
            math(EXPR group "${index} / ${at_most}")
            if(target IN_LIST trunkline_always_united AND NOT word STREQUAL others)
                set(group 0) # all of a word, however many
            endif()
            math(EXPR index "${index} + 1")
            set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${word}_${group})
        endforeach()
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
