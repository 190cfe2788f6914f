package apart

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// program is the file that runs, even when another has been put in its place since.
func program() (string, error) { return "/proc/self/exe", nil }

// lower gives a process a low priority. To Linux that is a matter of each thread, and a thread
// begins with that of the one which made it: so the parent does it when there is one thread, and the
// child once more for those that were quicker.
func lower(pid int) {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, lowered)
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return // what can be done is done
	}
	for _, task := range tasks {
		if id, err := strconv.Atoi(task.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, lowered)
		}
	}
}

// endWithParent has the kernel end a child when the thread that started it is gone.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
