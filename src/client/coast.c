#include "client/coast.h"

static const struct coast_point north_america[] = {
    {-168, 66}, {-162, 67}, {-166, 68}, {-157, 71}, {-141, 70}, {-128, 70}, {-124, 69}, {-115, 68},
    {-108, 68}, {-96, 68},  {-94, 72},  {-88, 69},  {-82, 69},  {-81, 67},  {-87, 65},  {-94, 61},
    {-93, 59},  {-85, 56},  {-82, 55},  {-82, 53},  {-79, 51},  {-77, 56},  {-78, 60},  {-77, 62},
    {-73, 62},  {-70, 60},  {-69, 59},  {-64, 60},  {-61, 56},  {-56, 53},  {-60, 50},  {-66, 50},
    {-70, 47},  {-65, 49},  {-64, 46},  {-60, 46},  {-65, 43},  {-67, 45},  {-70, 43},  {-70, 42},
    {-74, 41},  {-76, 37},  {-76, 35},  {-81, 31},  {-80, 27},  {-80, 25},  {-82, 27},  {-84, 30},
    {-90, 29},  {-94, 29},  {-97, 28},  {-98, 22},  {-95, 18},  {-91, 19},  {-90, 21},  {-87, 21},
    {-88, 16},  {-83, 15},  {-83, 11},  {-80, 9},   {-77, 9},   {-78, 7},   {-83, 8},   {-86, 11},
    {-91, 14},  {-95, 16},  {-105, 20}, {-109, 25}, {-112, 29}, {-115, 31}, {-110, 23}, {-114, 28},
    {-117, 33}, {-121, 35}, {-124, 40}, {-124, 47}, {-123, 49}, {-130, 54}, {-135, 59}, {-140, 60},
    {-147, 61}, {-152, 59}, {-158, 56}, {-164, 54}, {-158, 58}, {-162, 59}, {-165, 62}, {-161, 64},
    {-166, 65}};
static const struct coast_point greenland[] = {
    {-73, 78}, {-60, 82}, {-33, 84}, {-18, 81}, {-20, 75}, {-23, 71}, {-32, 68},
    {-40, 65}, {-44, 60}, {-49, 61}, {-54, 67}, {-52, 70}, {-58, 75}, {-68, 76}};
static const struct coast_point baffin[] = {{-89, 73}, {-80, 73}, {-68, 70}, {-61, 66}, {-65, 62},
                                            {-72, 64}, {-78, 65}, {-73, 68}, {-80, 70}, {-88, 71}};
static const struct coast_point ellesmere[] = {{-90, 77}, {-78, 76}, {-75, 79},
                                               {-62, 82}, {-75, 83}, {-92, 81}};
static const struct coast_point victoria[] = {
    {-117, 70}, {-105, 69}, {-101, 70}, {-105, 73}, {-115, 73}};
static const struct coast_point banks[] = {{-125, 72}, {-120, 71}, {-118, 74}, {-124, 74}};
static const struct coast_point devon_islands[] = {{-110, 75}, {-95, 77}, {-80, 75}, {-95, 74}};
static const struct coast_point newfoundland[] = {{-59, 48}, {-53, 47}, {-53, 49}, {-56, 51}};
static const struct coast_point cuba[] = {{-85, 22}, {-80, 23}, {-74, 20}, {-78, 20}};
static const struct coast_point hispaniola[] = {{-74, 18}, {-72, 20}, {-68, 19}, {-71, 18}};
static const struct coast_point south_america[] = {
    {-77, 8},   {-72, 12},  {-68, 11},  {-62, 10},  {-57, 6},   {-51, 4},   {-50, 0},
    {-44, -3},  {-37, -5},  {-35, -8},  {-39, -13}, {-39, -18}, {-42, -23}, {-48, -26},
    {-49, -29}, {-54, -34}, {-58, -34}, {-57, -38}, {-62, -39}, {-65, -43}, {-66, -48},
    {-69, -52}, {-66, -55}, {-72, -54}, {-75, -50}, {-73, -42}, {-73, -37}, {-70, -25},
    {-70, -18}, {-76, -14}, {-81, -6},  {-80, -2},  {-77, 4}};
static const struct coast_point africa[] = {
    {-6, 36},  {-2, 35},  {10, 37},  {11, 34},  {15, 32},  {20, 31},  {23, 33},  {29, 31},
    {32, 31},  {34, 28},  {37, 21},  {39, 16},  {43, 12},  {45, 11},  {51, 12},  {47, 4},
    {41, -2},  {39, -7},  {41, -15}, {35, -20}, {35, -24}, {33, -26}, {32, -29}, {27, -34},
    {19, -35}, {18, -33}, {15, -27}, {12, -18}, {14, -11}, {12, -5},  {9, -1},   {10, 4},
    {4, 6},    {-4, 5},   {-8, 4},   {-13, 9},  {-17, 14}, {-16, 20}, {-13, 27}, {-10, 31}};
static const struct coast_point madagascar[] = {
    {44, -25}, {47, -25}, {50, -16}, {49, -12}, {44, -17}};
static const struct coast_point eurasia[] = {
    {-9, 43},  {-2, 43},  {-1, 46},  {-5, 48},  {2, 51},   {5, 53},   {8, 54},   {8, 57},
    {11, 58},  {11, 54},  {20, 55},  {22, 58},  {30, 60},  {22, 60},  {21, 63},  {25, 65},
    {22, 66},  {17, 62},  {17, 59},  {14, 55},  {11, 59},  {7, 58},   {5, 62},   {14, 68},
    {26, 71},  {41, 67},  {40, 66},  {33, 67},  {38, 64},  {44, 66},  {44, 68},  {54, 68},
    {60, 69},  {67, 68},  {69, 73},  {74, 71},  {73, 67},  {80, 73},  {87, 75},  {104, 78},
    {113, 74}, {127, 73}, {140, 72}, {160, 70}, {170, 70}, {180, 69}, {180, 65}, {177, 62},
    {170, 60}, {163, 58}, {162, 55}, {157, 51}, {156, 57}, {163, 62}, {155, 59}, {142, 59},
    {135, 55}, {141, 53}, {140, 48}, {132, 43}, {129, 40}, {129, 36}, {126, 35}, {125, 38},
    {121, 40}, {118, 39}, {122, 37}, {119, 35}, {122, 30}, {120, 26}, {114, 22}, {108, 21},
    {106, 19}, {109, 13}, {105, 9},  {100, 13}, {103, 6},  {104, 1},  {101, 3},  {98, 8},
    {98, 16},  {94, 16},  {91, 22},  {87, 21},  {80, 16},  {80, 11},  {77, 8},   {73, 16},
    {72, 21},  {67, 25},  {57, 26},  {56, 27},  {50, 30},  {48, 30},  {51, 25},  {54, 24},
    {56, 26},  {60, 22},  {55, 17},  {45, 13},  {43, 15},  {39, 21},  {35, 28},  {35, 32},
    {36, 36},  {30, 37},  {27, 37},  {26, 40},  {29, 41},  {26, 41},  {22, 40},  {24, 38},
    {22, 36},  {19, 41},  {14, 45},  {12, 45},  {14, 42},  {18, 40},  {16, 38},  {15, 40},
    {10, 44},  {4, 43},   {3, 42},   {0, 39},   {-2, 37},  {-6, 36},  {-9, 37}};
static const struct coast_point great_britain[] = {{-5, 50}, {1, 51},  {2, 53},  {-2, 56},
                                                   {-3, 58}, {-6, 58}, {-3, 54}, {-5, 52}};
static const struct coast_point ireland[] = {{-10, 52}, {-6, 52}, {-6, 55}, {-9, 54}};
static const struct coast_point iceland[] = {{-24, 65}, {-16, 66}, {-14, 65}, {-19, 63}};
static const struct coast_point svalbard[] = {{11, 79}, {20, 77}, {27, 80}, {16, 80}};
static const struct coast_point novaya_zemlya[] = {
    {52, 71}, {57, 71}, {60, 75}, {68, 77}, {58, 76}};
static const struct coast_point sicily[] = {{12, 38}, {16, 38}, {15, 37}};
static const struct coast_point sardinia[] = {{8, 41}, {10, 41}, {9, 39}};
static const struct coast_point crete[] = {{23, 35}, {26, 35}, {26, 36}};
static const struct coast_point sri_lanka[] = {{80, 10}, {82, 7}, {80, 6}};
static const struct coast_point hainan[] = {{109, 19}, {111, 20}, {110, 18}};
static const struct coast_point taiwan[] = {{120, 23}, {121, 22}, {122, 25}};
static const struct coast_point honshu[] = {{131, 34}, {136, 34}, {140, 35}, {142, 40},
                                            {140, 41}, {137, 37}, {132, 36}};
static const struct coast_point kyushu[] = {{130, 33}, {132, 33}, {131, 31}};
static const struct coast_point hokkaido[] = {{140, 42}, {145, 43}, {142, 45}};
static const struct coast_point sakhalin[] = {{142, 46}, {144, 49}, {143, 54}};
static const struct coast_point luzon[] = {{120, 16}, {122, 18}, {124, 13}, {121, 14}};
static const struct coast_point mindanao[] = {{122, 7}, {125, 6}, {126, 9}, {124, 8}};
static const struct coast_point sumatra[] = {{95, 6}, {98, 4}, {104, -2}, {106, -6}, {102, -4}};
static const struct coast_point java[] = {{105, -7}, {114, -8}, {111, -7}};
static const struct coast_point borneo[] = {{109, 2}, {113, 3},  {117, 7}, {119, 5},
                                            {117, 1}, {116, -4}, {111, -3}};
static const struct coast_point sulawesi[] = {{119, -5}, {121, -5}, {122, -3},
                                              {121, 0},  {125, 1},  {120, 1}};
static const struct coast_point new_guinea[] = {{131, -1}, {138, -2}, {145, -4}, {151, -10},
                                                {144, -8}, {138, -8}, {133, -4}};
static const struct coast_point australia[] = {
    {114, -22}, {122, -18}, {126, -14}, {131, -12}, {136, -12}, {136, -15}, {141, -17},
    {142, -11}, {146, -19}, {153, -25}, {153, -30}, {150, -37}, {146, -39}, {140, -38},
    {138, -35}, {136, -35}, {131, -31}, {124, -33}, {118, -35}, {115, -34}, {116, -31}};
static const struct coast_point tasmania[] = {{145, -41}, {148, -41}, {147, -44}};
static const struct coast_point new_zealand_north[] = {
    {173, -35}, {176, -37}, {178, -38}, {175, -41}, {174, -39}};
static const struct coast_point new_zealand_south[] = {
    {173, -41}, {174, -42}, {171, -45}, {167, -46}};
static const struct coast_point antarctica[] = {
    {-180, -78}, {-158, -77}, {-147, -75}, {-128, -74}, {-100, -73}, {-75, -71}, {-68, -67},
    {-58, -63},  {-62, -68},  {-60, -74},  {-45, -78},  {-35, -78},  {-20, -73}, {0, -70},
    {30, -69},   {50, -67},   {80, -67},   {105, -66},  {135, -66},  {150, -69}, {168, -72},
    {165, -78},  {180, -78},  {180, -90},  {-180, -90}};
static const struct coast_point black_sea[] = {{28, 42}, {31, 41}, {36, 42}, {41, 41}, {41, 42},
                                               {37, 45}, {33, 45}, {31, 47}, {28, 44}};
static const struct coast_point caspian_sea[] = {{47, 45}, {51, 47}, {53, 45}, {51, 44},
                                                 {54, 40}, {54, 37}, {49, 38}, {49, 41}};
static const struct coast_point great_lakes[] = {{-92, 47}, {-88, 48}, {-84, 46}, {-80, 44},
                                                 {-83, 42}, {-79, 43}, {-82, 41}, {-84, 44},
                                                 {-87, 42}, {-88, 44}, {-86, 46}};
static const struct coast_point lake_victoria[] = {{32, 0}, {34, 0}, {33, -2}, {32, -2}};
static const struct coast_point lake_baikal[] = {{104, 52}, {109, 54}, {110, 56}, {107, 53}};

#define LAND(name)                                                                                 \
    {                                                                                              \
        name, sizeof name / sizeof *name, COAST_LAND                                               \
    }
#define WATER(name)                                                                                \
    {                                                                                              \
        name, sizeof name / sizeof *name, COAST_WATER                                              \
    }
const struct coast_outline coast_outlines[] = {LAND(north_america),
                                               LAND(greenland),
                                               LAND(baffin),
                                               LAND(ellesmere),
                                               LAND(victoria),
                                               LAND(banks),
                                               LAND(devon_islands),
                                               LAND(newfoundland),
                                               LAND(cuba),
                                               LAND(hispaniola),
                                               LAND(south_america),
                                               LAND(africa),
                                               LAND(madagascar),
                                               LAND(eurasia),
                                               LAND(great_britain),
                                               LAND(ireland),
                                               LAND(iceland),
                                               LAND(svalbard),
                                               LAND(novaya_zemlya),
                                               LAND(sicily),
                                               LAND(sardinia),
                                               LAND(crete),
                                               LAND(sri_lanka),
                                               LAND(hainan),
                                               LAND(taiwan),
                                               LAND(honshu),
                                               LAND(kyushu),
                                               LAND(hokkaido),
                                               LAND(sakhalin),
                                               LAND(luzon),
                                               LAND(mindanao),
                                               LAND(sumatra),
                                               LAND(java),
                                               LAND(borneo),
                                               LAND(sulawesi),
                                               LAND(new_guinea),
                                               LAND(australia),
                                               LAND(tasmania),
                                               LAND(new_zealand_north),
                                               LAND(new_zealand_south),
                                               LAND(antarctica),
                                               WATER(black_sea),
                                               WATER(caspian_sea),
                                               WATER(great_lakes),
                                               WATER(lake_victoria),
                                               WATER(lake_baikal)};
const size_t coast_outline_count = sizeof coast_outlines / sizeof *coast_outlines;
