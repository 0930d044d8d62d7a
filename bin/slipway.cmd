@echo off
rem Runs Slipway from a clone on Windows: one Node, which looks for changed sources itself and then becomes Slipway.
setlocal
set "root=%~dp0.."
set "node="
for /d %%d in ("%root%\node_modules\node-win-*") do if exist "%%d\bin\node.exe" set "node=%%d\bin\node.exe"
if not defined node (
  where node >nul 2>nul
  if errorlevel 1 (
    echo Slipway needs Node 20 or later with npm to set itself up ^(it then brings its own Node 24^). 1>&2
    exit /b 1
  )
  node "%root%\scripts\setup.mjs" || exit /b 1
  for /d %%d in ("%root%\node_modules\node-win-*") do if exist "%%d\bin\node.exe" set "node=%%d\bin\node.exe"
)
if not defined node set "node=node"
"%node%" "%root%\scripts\run-from-clone.mjs" %*
