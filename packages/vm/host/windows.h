/* The little of the Windows API that the host uses, declared by hand: its own headers would bring names that the host has. */
#ifndef ZEROSTART_WINDOWS_H
#define ZEROSTART_WINDOWS_H
#include "host.h"

typedef void *handle;
typedef u16 wide;
#define NO_HANDLE ((handle)-1ll)
#define API __declspec(dllimport)

struct overlapped { u64 internal[2]; u32 offset, offset_high; handle event; };
struct memory_information { void *base, *allocation_base; u32 allocation_protect; u16 partition; u64 size; u32 state, protect, type; };
struct exception_record { u32 code, flags; struct exception_record *next; void *address; u32 parameter_count; u64 parameters[15]; };
struct exception { struct exception_record *record; void *context; };

enum { STD_OUTPUT = -11, STD_ERROR = -12, UTF8 = 65001 };
enum { MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_DECOMMIT = 0x4000, MEM_RELEASE = 0x8000 };
enum { PAGE_NOACCESS = 1, PAGE_READONLY = 2, PAGE_READWRITE = 4, PAGE_WRITECOPY = 8, PAGE_GUARD = 0x100, FILE_MAP_COPY = 1, FILE_MAP_READ = 4 };
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000u
enum { SHARE_ALL = 7, CREATE_NEW = 1, CREATE_ALWAYS = 2, OPEN_EXISTING = 3, OPEN_ALWAYS = 4, MOVE_REPLACE = 1 };
#define STATUS_ACCESS_VIOLATION 0xc0000005u
#define STATUS_IN_PAGE_ERROR 0xc0000006u
#define STATUS_STACK_OVERFLOW 0xc00000fdu
#define STATUS_ILLEGAL_INSTRUCTION 0xc000001du
enum { CONTINUE_SEARCH = 0, RSP_OF_CONTEXT = 0x98, SAME_ACCESS = 2 };

API handle GetStdHandle(s32 which);
API s32 WriteFile(handle file, const void *bytes, u32 n, u32 *wrote, struct overlapped *at);
API s32 ReadFile(handle file, void *to, u32 n, u32 *got, struct overlapped *at);
API handle CreateFileW(const wide *path, u32 access, u32 share, void *security, u32 disposition, u32 flags, handle like);
API s32 GetFileSizeEx(handle file, s64 *size);
API s32 CloseHandle(handle object);
API s32 DeleteFileW(const wide *path);
API s32 MoveFileExW(const wide *from, const wide *to, u32 flags);
API s32 CreateDirectoryW(const wide *path, void *security);
API u32 GetModuleFileNameW(handle module, wide *path, u32 size);
API u32 GetSystemDirectoryW(wide *path, u32 size);
API u32 GetLastError(void);
API handle CreateFileMappingW(handle file, void *security, u32 protect, u32 size_high, u32 size, const wide *name);
API void *MapViewOfFileEx(handle section, u32 access, u32 offset_high, u32 offset, u64 n, void *at);
API s32 UnmapViewOfFile(const void *at);
API void *VirtualAlloc(void *at, u64 n, u32 type, u32 protect);
API s32 VirtualFree(void *at, u64 n, u32 type);
API s32 VirtualProtect(void *at, u64 n, u32 protect, u32 *before);
API u64 VirtualQuery(const void *at, struct memory_information *to, u64 n);
API void *AddVectoredExceptionHandler(u32 first, s32 (*handler)(struct exception *));
API s32 SetThreadStackGuarantee(u32 *bytes);
API s32 SetConsoleCtrlHandler(s32 (*handler)(u32 event), s32 add);
API s32 QueryPerformanceCounter(s64 *ticks);
API s32 QueryPerformanceFrequency(s64 *ticks);
API void GetSystemTimePreciseAsFileTime(u64 *time);
API void Sleep(u32 milliseconds);
API u32 GetCurrentProcessId(void);
API void NORETURN ExitProcess(u32 code);
API handle GetCurrentProcess(void);
API handle GetCurrentThread(void);
API s32 DuplicateHandle(handle from_process, handle from, handle to_process, handle *to, u32 access, s32 inherit, u32 options);
API u32 WaitForSingleObject(handle object, u32 milliseconds);
API wide *GetCommandLineW(void);
API wide *GetEnvironmentStringsW(void);
API s32 WideCharToMultiByte(u32 page, u32 flags, const wide *text, s32 n, char *to, s32 size, void *unknown, void *used);
API s32 MultiByteToWideChar(u32 page, u32 flags, const char *text, s32 n, wide *to, s32 size);
API handle LoadLibraryA(const char *name);
API void *GetProcAddress(handle module, const char *name);
/* crypt32, of stubs with TLS. */
struct certificate { u32 encoding; const u8 *bytes; u32 n; void *information; handle store; };
API handle CertOpenSystemStoreW(u64 provider, const wide *name);
API const struct certificate *CertEnumCertificatesInStore(handle store, const struct certificate *before);
API s32 CertCloseStore(handle store, u32 flags);
API s32 CryptBinaryToStringA(const u8 *bytes, u32 n, u32 flags, char *to, u32 *size);
API s32 BCryptGenRandom(handle algorithm, u8 *to, u32 n, u32 flags);

/* Winsock. A socket is a kernel handle: the 32 bits of it that mean something serve as its descriptor. */
struct poll_entry { u64 socket; s16 wanted, happened; };
enum { WANTS_READ = 0x100, WANTS_WRITE = 0x10, HAS_ERROR = 1, HAS_HANGUP = 2 };
#define NO_SOCKET (~0ull)
#define NONBLOCKING 0x8004667eu
enum { WINSOCK_LEVEL = 0xffff, EXCLUSIVE_ADDRESS = ~4, UDP_CONNECTION_RESETS = (s32)0x9800000c };

API s32 WSAStartup(u16 version, void *data);
API s32 WSAGetLastError(void);
API s32 WSAPoll(struct poll_entry *entries, u32 n, s32 timeout_ms);
API u64 socket(s32 family, s32 type, s32 protocol);
API s32 bind(u64 s, const void *address, s32 n);
API s32 connect(u64 s, const void *address, s32 n);
API s32 listen(u64 s, s32 backlog);
API u64 accept(u64 s, void *address, s32 *n);
API s32 getsockname(u64 s, void *address, s32 *n);
API s32 setsockopt(u64 s, s32 level, s32 option, const void *value, s32 n);
API s32 shutdown(u64 s, s32 how);
API s32 send(u64 s, const void *bytes, s32 n, s32 flags);
API s32 recv(u64 s, void *to, s32 n, s32 flags);
API s32 ioctlsocket(u64 s, u32 command, u32 *value);
API s32 closesocket(u64 s);

#endif
