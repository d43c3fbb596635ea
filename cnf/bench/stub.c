// The least that a gateway can do, in C: notifies, looks whose the descriptor is, moves a call's bytes, answers; there is no driver.
// What cnf/bench/calls compares ours with. Arguments: a program and its own.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define CREATE_PARTITION 0x4010B800
#define CREATE_VP 0x4004B801
#define ROOT_HVCALL 0xC020B807
#define RUN_VP 0x8100B800
// linux/seccomp.h, since 6.6
#define SET_FLAGS 0x40082104
#define SYNC_WAKE_UP 1

struct root_hvcall {
	uint16_t code, reps, input_size, output_size, status;
	uint8_t reserved[6];
	uint64_t input, output;
};

static long move(long call, int thread, void *local, uint64_t remote, size_t size) {
	struct iovec here = {local, size}, there = {(void *) remote, size};
	return syscall(call, thread, &here, 1, &there, 1, 0);
}

static void send_descriptor(int socket, int descriptor) {
	char byte = 0, control[CMSG_SPACE(sizeof descriptor)] = {0};
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof descriptor);
	memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
	sendmsg(socket, &message, 0);
}

static int receive_descriptor(int socket) {
	int descriptor;
	char byte, control[CMSG_SPACE(sizeof descriptor)];
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	if (recvmsg(socket, &message, 0) <= 0)
		exit(1);
	memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
	return descriptor;
}

static void become(int socket, char **program) {
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xFF00),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xB800, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog code = {sizeof filter / sizeof *filter, filter};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &code);
	send_descriptor(socket, listener);
	close(listener);
	execvp(*program, program);
	_exit(127);
}

static int is_device(int thread, uint64_t path) {
	char text[10] = {0};
	return move(SYS_process_vm_readv, thread, text, path, sizeof text) == sizeof text && !memcmp(text, "/dev/mshv", sizeof text);
}

static void hypercall(int thread, uint64_t argument) {
	struct root_hvcall call;
	static uint8_t input[4096], output[4096];
	move(SYS_process_vm_readv, thread, &call, argument, sizeof call);
	move(SYS_process_vm_readv, thread, input, call.input, call.input_size & 4095);
	if (call.output_size)
		move(SYS_process_vm_writev, thread, output, call.output, call.output_size & 4095);
	move(SYS_process_vm_writev, thread, &call, argument, sizeof call);
}

int main(int count, char **arguments) {
	int sockets[2], file = memfd_create("mshv", 0);
	if (count < 2 || ftruncate(file, 3 * 4096) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets))
		return 2;
	if (!fork())
		become(sockets[0], arguments + 1);
	close(sockets[0]);
	int listener = receive_descriptor(sockets[1]);
	ioctl(listener, SET_FLAGS, SYNC_WAKE_UP);
	struct pollfd wait = {listener, POLLIN, 0};
	while (poll(&wait, 1, -1) > 0 && wait.revents & POLLIN) {
		struct seccomp_notif asked = {0};
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
			continue;
		struct seccomp_notif_resp answer = {.id = asked.id};
		uint32_t command = asked.data.args[1];
		int creates = command == CREATE_PARTITION || command == CREATE_VP;
		if (asked.data.nr == __NR_openat && !is_device(asked.pid, asked.data.args[1])) {
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		} else if (asked.data.nr == __NR_openat || creates) {
			struct seccomp_notif_addfd added = {.id = asked.id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = file};
			ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added);
			continue;
		} else {
			char path[64], message[256] = {0};
			struct stat found;
			snprintf(path, sizeof path, "/proc/%d/fd/%d", asked.pid, (int) asked.data.args[0]);
			stat(path, &found);
			if (command == ROOT_HVCALL)
				hypercall(asked.pid, asked.data.args[2]);
			else if (command == RUN_VP)
				move(SYS_process_vm_writev, asked.pid, message, asked.data.args[2], sizeof message);
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return 0;
}
