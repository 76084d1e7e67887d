#!/bin/sh
# Usage: slurm.sh FOLDER PORT PORT PORT COMMAND…
# A Slurm of two nodes on this host (munged, slurmctld, two slurmd), and the command within it, for two minutes at most.
set -eu
folder=$1 control=$2 first=$3 second=$4
shift 4
cd "$folder"
mkdir state spool
head -c 1024 /dev/urandom > munge.key
chmod 400 munge.key
munged --force --foreground --num-threads=1 --key-file="$folder/munge.key" --socket="$folder/munge.sock" \
  --pid-file="$folder/munged.pid" --seed-file="$folder/munge.seed" --log-file="$folder/munged.log" 2>/dev/null &
running=$!
trap 'kill $running 2>/dev/null || true; wait' EXIT TERM
host=$(hostname -s)
cat > slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$control
AuthType=auth/munge
AuthInfo=socket=$folder/munge.sock
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName=n0 NodeHostname=$host NodeAddr=127.0.0.1 Port=$first CPUs=1 RealMemory=1024
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$second CPUs=1 RealMemory=1024
PartitionName=all Nodes=n0,n1 Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  [ -S munge.sock ] && break
  sleep 0.5
done
slurmctld -D &
running="$running $!"
for node in n0 n1; do
  slurmd -D -N $node &
  running="$running $!"
done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ "$(sinfo --noheader --states=idle --format=%D 2>/dev/null)" = 2 ] && break
  sleep 0.5
done
timeout -k 5 120 "$@"
