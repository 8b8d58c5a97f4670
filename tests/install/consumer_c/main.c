#include <trunkline/trunkline.h>

#include <stdio.h>

int main(void)
{
    printf("trunkline %s: %s\n", trunkline_version_text(),
        trunkline_status_name(TRUNKLINE_E_NOT_FOUND));
    return 0;
}
