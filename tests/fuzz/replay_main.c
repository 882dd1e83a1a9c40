/*
 * Runs a fuzz target over the files of the directories given as arguments, where libFuzzer is not
 * there: so each corpus is an ordinary test. Each file is copied to memory of its exact size, so
 * that the address sanitizer sees a read beyond its end.
 */
#include "base/mem.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const char *path)
{
    fprintf(stderr, "%s\n", path); /* so that a crash names its input */
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    long size = ftell(file);
    rewind(file);
    uint8_t *data = xmalloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || fread(data, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
}

static size_t run_directory(const char *directory)
{
    size_t count = 0;
    DIR *dir = opendir(directory);
    if (!dir) {
        perror(directory);
        exit(1);
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        run_file(path);
        count++;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        count += run_directory(argv[i]);
    printf("%zu inputs replayed\n", count);
    return count ? 0 : 1; /* an empty corpus tests nothing */
}
