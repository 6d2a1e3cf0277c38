"""What makes each claim of the lessons fail: (experiment, claim) -> a function from the right Result to a wrong one."""

from lessons.faults_first import FIRST
from lessons.faults_second import SECOND
from lessons.faults_third import THIRD

FAULTS = FIRST | SECOND | THIRD
