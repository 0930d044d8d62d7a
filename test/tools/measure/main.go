// Command measure runs another command with its output thrown away and prints, as one line of JSON on stdout, what the
// kernel counted for it and its children that it waited for: CPU time, wall time and peak memory.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	command := exec.Command(os.Args[1], os.Args[2:]...)
	command.Stderr = os.Stderr
	started := time.Now()
	err := command.Run()
	wall := time.Since(started)
	if command.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	usage := command.ProcessState.SysUsage().(*syscall.Rusage)
	memory := usage.Maxrss // kilobytes, but bytes on macOS
	if runtime.GOOS == "darwin" {
		memory /= 1024
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"exit":     command.ProcessState.ExitCode(),
		"cpuMs":    float64(command.ProcessState.UserTime()+command.ProcessState.SystemTime()) / 1e6,
		"wallMs":   float64(wall) / 1e6,
		"memoryMb": float64(memory) / 1024,
	})
}
