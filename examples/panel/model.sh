# sh model.sh SEED RIGHT [FAMILY]: a stub for a model. It multiplies the two numbers of the question, and is right on RIGHT of a
# hundred questions. Models of one FAMILY make four of five mistakes together. The same question always gets the same answer.
seed=$1 right=$2 family=${3:-$1}
read -r task
question=${task#*\"title\":\"}
set -- ${question%%\"*} # What is 19 times 21?
a=$3 b=${5%?}

# Sets `chance` to a number from 0 to 99 that looks random, and depends on the question and on these two numbers alone.
draw() {
  chance=$((a * 7919 + b * 104729 + $1 * 1299709 + $2 * 15485863))
  for _ in 1 2 3 4 5; do chance=$(((chance * chance + 12345) % 2147483647)); done
  chance=$((chance % 100))
}

draw "$family" 1
[ $chance -ge 80 ] || seed=$family
answer=$((a * b))
draw "$seed" 2
if [ $chance -ge "$right" ]; then
  draw "$seed" 3
  case $((chance % 3)) in
    0) answer=$((answer + 10)) ;;
    1) answer=$((answer - 10)) ;;
    2) answer=$((answer + a)) ;;
  esac
fi
echo "$a times $b, let me see."
echo $answer
